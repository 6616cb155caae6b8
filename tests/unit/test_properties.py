"""Properties of masks, kernels, solvers and the reader on generated inputs."""

import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.exceptions import ConvergenceWarning

from fixing_ntk import MaskSet, lambda_max, solve
from fixing_ntk.data.readers import DataError, read_uci
from fixing_ntk.kernels import masking_kernel, ntk
from fixing_ntk.masks.storage import load_masks, save_masks
from fixing_ntk.programs import MaskedDesign

# Drawn alike in every run; without a deadline, since jobs that run beside would break it.
settings.register_profile(
    "fixing_ntk",
    derandomize=True,
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("fixing_ntk")

SIZES = st.integers(1, 20)
# Some digits, so that ties and repeated rows are drawn, and products are exact.
NUMBERS = st.integers(-40, 40).map(lambda k: k / 8)
SCALES = st.integers(-40, 40).map(lambda k: 2.0**k)


@st.composite
def matrices(draw):
    return draw(arrays(float, (draw(SIZES), draw(st.integers(1, 5))), elements=NUMBERS))


@st.composite
def masked(draw):
    """X with a column of ones, and masks of gates of few digits, each also turned around."""
    X = draw(matrices())
    X = np.column_stack([X, np.ones(len(X))])
    gates = draw(arrays(float, (X.shape[1], draw(SIZES)), elements=NUMBERS))
    gates = np.hstack([gates, -gates])  # of two such gates one opens for the first row
    return X, gates, MaskSet.from_gates(X, gates)


@st.composite
def problems(draw):
    X, _, masks = draw(masked())
    y = draw(arrays(float, len(X), elements=NUMBERS))
    top = lambda_max(X, y, masks)
    assume(top > 0)
    return X, y, masks, top * draw(st.sampled_from([1.5, 0.9, 0.3, 0.05, 0.003]))


def solved(X, y, masks, lam, **options):
    """A solution, whose status is right about its gap and is never silent."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ConvergenceWarning)
        solution = solve(X, y, masks, lam, **options)
    assert (solution.gap <= solution.tol) == (solution.status == "optimal") == (not caught)
    return solution


@given(masked())
def test_masks_are_the_distinct_nonzero_patterns_of_the_gates(drawn):
    X, gates, masks = drawn
    assert np.array_equal(masks.dense(), X @ masks.gates >= 0)
    columns = [column.tobytes() for column in masks.dense().T]
    patterns = (X @ gates >= 0).T
    assert len(set(columns)) == len(columns)
    assert set(columns) == {row.tobytes() for row in patterns if row.any()}
    assert masks.ntk_weights.sum() == pytest.approx(np.mean(patterns.any(axis=1)))
    assert masks.ntk_weights.sum() <= 1 + 1e-12


@given(masked(), st.data())
def test_packing_and_saving_keep_every_entry(tmp_path, drawn, data):
    X, _, masks = drawn
    index = data.draw(st.lists(st.integers(0, len(masks) - 1), min_size=1, max_size=8))
    assert np.array_equal(masks.rows(index), masks.dense().T[index])
    assert np.array_equal(masks.subset(index).dense(), masks.dense()[:, index])
    assert masks.packed.shape == (len(masks), -(-len(X) // 8))
    save_masks(tmp_path / "masks.npz", {3: masks})
    assert np.array_equal(load_masks(tmp_path / "masks.npz")[3].dense(), masks.dense())


@given(matrices(), SCALES)
def test_ntk_is_symmetric_psd_and_scales(X, scale):
    H = ntk(X)
    size = np.abs(H).max(initial=0.0)
    assert np.allclose(H, H.T, rtol=0, atol=1e-14 * size)
    assert np.linalg.eigvalsh(H).min() >= -1e-12 * size * len(X)
    assert np.array_equal(ntk(scale * X), scale**2 * H)
    assert np.allclose(np.diag(H), 0.5 * np.sum(X**2, axis=1), rtol=1e-14)
    assert np.all(np.abs(H) <= np.abs(X @ X.T) / 2 + 1e-14 * size)


@given(masked(), st.data())
def test_kernel_is_the_sum_over_masks_symmetric_and_psd(drawn, data):
    X, _, masks = drawn
    eta = data.draw(arrays(float, len(masks), elements=NUMBERS.map(abs)))
    K = MaskedDesign(X, masks).kernel(eta)
    total = sum(e * masking_kernel(X, m) for e, m in zip(eta, masks.dense().T, strict=True))
    size = np.abs(K).max(initial=0.0)
    assert np.allclose(K, total, rtol=0, atol=1e-12 * size)
    assert np.allclose(K, K.T, rtol=0, atol=1e-14 * size)
    assert np.linalg.eigvalsh(K).min() >= -1e-12 * size * len(X)


@given(arrays(float, (6, 2), elements=NUMBERS))
def test_closed_form_is_the_sum_over_all_masks_of_the_plane(X):
    """With eta the exact measures of the cones, ``H = sum_i eta_i K_i`` to rounding."""
    assume(np.any(X))
    every = MaskSet.enumerate(X)
    K = MaskedDesign(X, every).kernel(every.ntk_weights)
    assert np.allclose(K, ntk(X), rtol=0, atol=1e-12 * np.abs(X @ X.T).max())


@given(problems())
def test_solutions_are_certified_against_zero_and_the_dual(problem):
    X, y, masks, lam = problem
    solution = solved(X, y, masks, lam)
    assert solution.status == "optimal"
    assert solution.objective <= 0.5 * y @ y * (1 + 1e-12)
    design = MaskedDesign(X, masks)
    assert design.scores(solution.dual_point).max() <= lam * (1 + 1e-9)
    a = solution.dual_point
    assert solution.dual_objective == pytest.approx(a @ y - 0.5 * a @ a, abs=1e-9 * (y @ y))
    assert solution.dual_objective <= solution.objective * (1 + 1e-9)


@given(problems(), SCALES, SCALES)
def test_scale_of_the_data_scales_the_solution(problem, c, k):
    X, y, masks, lam = problem
    base = solved(X, y, masks, lam)
    scaled = solved(c * X, k * y, masks, c * k * lam)
    assert np.array_equal(scaled.active, base.active)
    assert np.allclose(scaled.weights, base.weights * (k / c), rtol=1e-9, atol=0)
    assert scaled.objective == pytest.approx(k**2 * base.objective, rel=1e-9)


@given(
    problems(),
    st.randoms(use_true_random=False),
    st.sampled_from(["newton", "newton_cg", "first_order"]),
)
def test_order_of_samples_and_masks_does_not_matter(problem, random, method):
    X, y, masks, lam = problem
    rows, columns = random.sample(range(len(X)), len(X)), list(range(len(masks)))
    random.shuffle(columns)
    base = solved(X, y, masks, lam)
    moved = MaskSet.from_gates(X[rows], masks.gates[:, columns])
    other = solved(X[rows], y[rows], moved, lam, method=method)
    assert abs(other.objective - base.objective) <= (base.gap + other.gap + 1e-12) * 0.5 * y @ y


@given(problems())
def test_repeated_masks_change_no_optimum(problem):
    X, y, masks, lam = problem
    base = solved(X, y, masks, lam)
    twice = solved(X, y, masks.subset(np.tile(np.arange(len(masks)), 2)), lam)
    assert abs(twice.objective - base.objective) <= (base.gap + twice.gap + 1e-12) * 0.5 * y @ y


FIELDS = st.floats(-1e100, 1e100, allow_nan=False)


@given(st.data(), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_what_is_written_is_read_again(tmp_path, data, end, mark):
    n, d = data.draw(st.integers(2, 12)), data.draw(st.integers(1, 4))
    X = data.draw(arrays(float, (n, d), elements=FIELDS))
    labels = [0, 1, *data.draw(st.lists(st.sampled_from([0, 1]), min_size=n - 2, max_size=n - 2))]
    header = ["", *(f"f{j}" for j in range(d)), "clase"]
    rows = [
        [i, *map(repr, row), label]
        for i, (row, label) in enumerate(zip(X.tolist(), labels, strict=True))
    ]
    text = end.join("\t".join(map(str, row)) for row in [header, *rows])
    encoding = "utf-8-sig" if mark else "utf-8"
    (tmp_path / "toy_R.dat").write_text(text, encoding=encoding, newline="")
    (tmp_path / "toy.txt").write_text(f"fich1= toy_R.dat{end}", newline="")
    dataset = read_uci(tmp_path, "toy")
    assert np.array_equal(dataset.X, X)
    assert np.array_equal(dataset.y, 2.0 * np.array(labels) - 1.0)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused_by_name(tmp_path, content):
    (tmp_path / "toy.txt").write_bytes(b"fich1= toy_R.dat\n")
    (tmp_path / "toy_R.dat").write_bytes(b"\tf1\tclase\n1\t0\t0\n2\t1\t1\n" + content)
    refusal = ""
    try:
        dataset = read_uci(tmp_path, "toy")
    except DataError as error:
        refusal = str(error)
    if refusal:
        assert str(tmp_path / "toy_R.dat") in refusal
    else:
        assert np.isfinite(dataset.X).all()
        assert set(dataset.y) == {-1.0, 1.0}
