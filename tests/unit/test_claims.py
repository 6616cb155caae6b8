"""Every claim holds on a small problem, and its row turns when what it checks is perturbed."""

import itertools
from dataclasses import replace
from importlib import import_module
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import linregress

from fixing_ntk.data.splits import Split
from fixing_ntk.kernels import ntk
from fixing_ntk.masks import MaskSet, cover_count
from fixing_ntk.programs import lambda_max
from fixing_ntk.results.claim_kinds import (
    CONVEX,
    FINDING,
    HOLDS,
    KINDS,
    REPORTED,
    THEOREM,
    claim_row,
    failures,
)
from fixing_ntk.results.declaration import LEVELS, results
from fixing_ntk.results.paper.claims.table import claims
from fixing_ntk.results.rates import slope
from fixing_ntk.seeds import stream

SMALL = {
    "arrangement": dict(
        n=6, ratio=0.05, samples=[12, 9, 7], n_gates=2000, batches=50, circles=100, tol=1e-6, seed=0
    ),
    "fit_1d": dict(
        n=15, noise=0.1, ratio=0.02, n_gates=5000, iterations=[0, 2], tol=1e-6, seed=0
    ),
    "gated_to_relu": dict(
        n_masks=20, ratio=0.1, n=20, n_test=50, d=3, neurons=3, noise=0.1, dimensions=[3],
        per_dimension=[4], n_seeds=2, tol=1e-6, seed=0,
    ),
    "figure_1": dict(n=5, ratio=0.1, n_iter=100, tol=1e-6, seed=0, conic_backend="clarabel"),
    "irls_convergence": dict(
        n=40, d=4, neurons=3, noise=0.1, n_gates=60, ratio=0.05, n_iter=100,
        exact_samples=[12, 9], tol=1e-7, seed=0, conic_backend="clarabel",
    ),
    "irls_smoothing": dict(
        n=20, d=3, neurons=3, noise=0.1, n_gates=30, ratio=0.1, costs=[0.1, 0.03, 0.01],
        max_iter=1000, tol=1e-6, seed=0, conic_backend="clarabel",
    ),
    "limits": dict(
        problems=[], n=30, n_gates=60, gates=[100, 400, 1600], n_draws=3, max_steps=2000,
        tol=1e-6, seed=0,
    ),
    "linearization": dict(
        n=20, d=5, n_test=50, ratio=0.01, widths=[100, 600, 4000], n_seeds=5, seed=0
    ),
    "mask_count": dict(
        samples=[15, 10], noise=0.1, ratio=0.02, ratios=[0.1, 0.02], gates=[5, 50, 500],
        n_seeds=3, n_test=50, tol=1e-8, seed=0,
    ),
    "mkl_equivalence": dict(n=30, d=3, n_gates=40, tol=1e-6, seed=0),
    "nonconvex_gap": dict(
        n=10, d=3, ratio=0.1, widths=[2, 20], starts=4, samples=[10, 8], ratios=[0.2, 0.05],
        n_seeds=1, further_widths=[10], further_starts=2, tol=1e-7, seed=0,
    ),
    "ntk_width": dict(
        n=15, d=4, widths=[30, 300, 3000], n_seeds=10, monte_carlo_gates=50_000, seed=0
    ),
    "prediction_error": dict(
        samples=[100, 400, 3200], d=4, n_gates=40, active=[1, 2], noise=0.2, n_seeds=5,
        fit_from=100, tol=1e-6, seed=0,
    ),
    "when_it_pays": dict(
        samples=[50, 150], stopped_up_to=150, dimensions=[5],
        units=[1, 30], noise=[0.3], n_gates=150, n_held_out=300, n_seeds=6, tol=1e-4, seed=0,
    ),
}  # fmt: skip


# Findings that are asked for what would be good, and do not hold.
NOT_HELD = {"MKL stopped early is at least as good as the better of NTK and MKL everywhere"}


def module(name):
    (result,) = [each for each in results(*LEVELS) if each.name == name]
    return import_module(f"fixing_ntk.results.{result.kind}.{name}.compute")


def run(name):
    return getattr(module(name), name)(**SMALL[name])


@pytest.mark.parametrize("name", SMALL)
def test_every_row_holds_with_the_gap_of_its_fits(name):
    _, rows = run(name)
    assert rows
    assert failures(rows) == []
    assert not turned(rows)
    assert all(row["gap"] is None or row["gap"] <= SMALL[name]["tol"] for row in rows)
    assert {row["kind"] for row in rows} <= {THEOREM, FINDING}
    for row in rows:
        assert row["reason"] or row["kind"] == THEOREM, row["claim"]


def turned(rows):
    """Claims and quantities of the rows that do not hold, of any kind."""
    return [
        f"{row['claim']}: {row['quantity']}"
        for row in rows
        if row["verdict"] not in HOLDS and row["claim"] not in NOT_HELD
    ]


def scaled(factor):
    """A function's result times a factor."""
    return lambda function: lambda *args, **kwargs: factor * function(*args, **kwargs)


def a_mask(masks):
    """One entry of the likeliest mask flipped."""
    packed = masks.packed.copy()
    packed[np.argmax(masks.ntk_weights), 0] ^= 0b1000_0000
    return replace(masks, packed=packed)


def a_weight(masks):
    """One cone's measure one percent off."""
    weights = masks.ntk_weights.copy()
    weights[np.argmax(weights)] *= 1.01
    return replace(masks, ntk_weights=weights)


def a_missing_half(masks):
    return masks.subset(np.arange(0, len(masks), 2))


def enumerating(perturb):
    class Perturbed(MaskSet):
        @classmethod
        def enumerate(cls, X, **options):
            return perturb(MaskSet.enumerate(X, **options))

    return lambda original: Perturbed


def twice_the_penalty(network_objective):
    """Weight decay is lam / 2: with lam itself the network's objective is another one."""
    return lambda W, v, X, y, lam: network_objective(W, v, X, y, 2 * lam)


def stale(iterates):
    """The second pass and all after it are the first again."""
    return lambda *arguments: itertools.repeat(next(iterates(*arguments)))


def climbing(iterates):
    """Each pass is a little above the one before."""

    def perturbed(*arguments):
        for k, it in enumerate(iterates(*arguments)):
            yield it._replace(objective=it.objective * (1.0 + 0.1 * k))

    return perturbed


def of_larger_eps(iterates):
    """A hundred times the eps that was asked for, but said to be solved."""

    def perturbed(design, y, lam, eps):
        for it in iterates(design, y, lam, 1e4 * eps):
            yield it._replace(smoothed_gap=0.0 if it.smoothed_gap < 1e-6 else 1.0)

    return perturbed


def of_no_eps(iterates):
    return lambda design, y, lam, eps: iterates(design, y, lam)


def unpaired(to_relu):
    """The subtracted weights lost."""

    def perturbed(solution, X, masks):
        converted = to_relu(solution, X, masks)
        return replace(converted, weights=converted.weights * [[[1.0]], [[0.0]]])

    return perturbed


def said_to_have(**fields):
    """A result with other values in some fields."""
    return lambda function: lambda *args, **kwargs: replace(function(*args, **kwargs), **fields)


def last_of(count, **fields):
    """The result of the last call with other values in some fields."""

    def mutate(function):
        calls = itertools.count(1)

        def mutated(*args):
            result = function(*args)
            return replace(result, **fields) if next(calls) == count else result

        return mutated

    return mutate


def times(factor, place):
    """Errors of a fit times a factor, at the place where it returns them."""

    def mutate(function):
        def mutated(*args):
            out = list(function(*args))
            out[place] = tuple(factor * np.array(out[place]))
            return tuple(out)

        return mutated

    return mutate


def nearer(function):
    """The NTK with a tenth of its error, none of it variance, and other outcomes alike."""
    return lambda *args: [((0.1 * error, 0.0), *rest) for (error, _), *rest in function(*args)]


def at_p(wrong, **fields):
    """`solve_mkl` with other values in some fields of the solution at one p."""

    def mutate(solve_mkl):
        def mutated(X, y, masks, mu, p, *arguments, **options):
            solution = solve_mkl(X, y, masks, mu, p, *arguments, **options)
            return replace(solution, **fields) if p == wrong else solution

        return mutated

    return mutate


def of_gap(gap):
    """A certificate with another gap."""
    return lambda certify: lambda *args: certify(*args)._replace(gap=gap)


def tripled(solve):
    """`solve` at three times the penalty."""
    return lambda X, y, masks, lam, tol: solve(X, y, masks, 3.0 * lam, tol)


def other_weights(program):
    """`programs.lp_mkl` with the weights of another p."""
    return SimpleNamespace(
        **vars(program)
        | dict(weights_of=lambda norms, prior, p: program.weights_of(norms, prior, 1.1 * p))
    )


MUTATIONS = {
    "lambda from mu": ("mkl_equivalence", "lam_from_mu", scaled(1.001), "share their minimiser"),
    "a masking kernel": ("mkl_equivalence", "masking_kernel", scaled(1.01), "Hadamard"),
    "an entry of a mask": ("arrangement", "MaskSet", enumerating(a_mask), "linear on a cone"),
    "a weight": ("arrangement", "MaskSet", enumerating(a_weight), "exact measures"),
    "half of the masks": ("arrangement", "MaskSet", enumerating(a_missing_half), "random gates"),
    "the count": ("arrangement", "cover_count", scaled(2), "Cover"),
    "a sampled measure": ("arrangement", "ntk", scaled(1.02), "great circles"),
    "weight decay": ("nonconvex_gap", "network_objective", twice_the_penalty, "read off"),
    "a bound of one problem": (
        "nonconvex_gap",
        "solve_relu",
        last_of(5, dual_objective=1e3),  # the first problem and two of each rank
        "ReLU, 4 problems of rank 2 and 3",
    ),
    "the closed form": ("ntk_width", "ntk", scaled(1.05), "expectation"),
    "a limit of the family": ("limits", "solve_mkl", at_p(1.1, objective=1e3), "As p tends to 1"),
    "its predictions": ("limits", "solve", tripled, "predictions to those of the group lasso"),
    "its group lasso": ("limits", "certify", of_gap(1e-4), "a point of the group lasso"),
    "its ridge regression": ("limits", "ntk", scaled(1.001), "with the NTK's weights: objective"),
    "its predictions at infinity": (
        "limits",
        "ntk",
        scaled(1.001),
        "with the NTK's weights: training predictions",
    ),
    "its other limit": ("limits", "solve_mkl", at_p(100.0, objective=0.0), "As p grows"),
    "its order": ("limits", "solve_mkl", at_p(2.0, objective=1e3), "never falls"),
    "its reweighting": ("limits", "program", other_weights, "p = 4/3: relative gap"),
    "its rate": ("limits", "slope", lambda f: lambda x, y: (-0.4, 0.01), "rate of Monte Carlo"),
    "layers of the kernel": ("linearization", "ntk", scaled(0.5), "NTK: gated ReLU: fitted"),
    "the ReLU network's kernel": ("linearization", "angles", scaled(0.0), "NTK: ReLU: fitted"),
    "the start of IRLS": ("irls_convergence", "mkl_objective", scaled(1.01), "starts at the NTK"),
    "the NTK that IRLS starts at": ("irls_convergence", "ntk", scaled(1.01), "closed form H"),
    "the simplex that IRLS starts on": (
        "irls_convergence",
        "mkl_iterates",
        lambda iterates: lambda design, y, mu: iterates(design, y, 1.01 * mu),
        "MKL form at mu",
    ),
    "the end of IRLS": ("irls_convergence", "mkl_primal", scaled(1.2), "converges"),
    "passes of figure 1": ("figure_1", "gl_iterates", stale, "networks converges"),
    "the descent of figure 1": ("figure_1", "gl_iterates", climbing, "descends from"),
    "projections of figure 1": ("figure_1", "relu_iterates", stale, "ReLU networks converges"),
    "passes at eps": ("irls_smoothing", "gl_iterates", stale, "minimises it"),
    "the smoothed descent": ("irls_smoothing", "gl_iterates", climbing, "descends on"),
    "the bound of eps": ("irls_smoothing", "gl_iterates", of_larger_eps, "at most lambda p"),
    "the rate of eps": ("irls_smoothing", "gl_iterates", of_no_eps, "vanishes"),
    "the floor of eta": ("irls_smoothing", "gl_iterates", of_no_eps, "no mask is left out"),
    "pairs of weights": ("gated_to_relu", "to_relu", unpaired, "predicts on the samples"),
    "the converted objective": (
        "gated_to_relu",
        "to_relu",
        said_to_have(objective=0.1),
        "not below the ReLU optimum",
    ),
    "the converted bound": (
        "gated_to_relu",
        "to_relu",
        said_to_have(dual_objective=1e3),
        "own dual bounds",
    ),
    "the gated bound": (
        "gated_to_relu",
        "solve",
        said_to_have(dual_objective=1e3),
        "Gated networks",
    ),
    "the cones": ("gated_to_relu", "to_relu", said_to_have(violation=1e-6), "lie in the cones"),
    "all arrangements": ("mask_count", "MaskSet", enumerating(a_missing_half), "no subset"),
    "the penalty": ("prediction_error", "penalty", scaled(0.2), "above the noise"),
    "errors of the NTK": ("when_it_pays", "fit_ntk", nearer, "of few units"),
    "its bias": ("when_it_pays", "fit_ntk", nearer, "takes bias away"),
    "errors of MKL": ("when_it_pays", "fit_mkl", times(0.5, 2), "does not pay"),
    "variance of MKL": ("when_it_pays", "fit_mkl", times(0.1, 2), "adds variance"),
    "the exponent": ("prediction_error", "slope", lambda f: lambda x, y: (-0.4, 0.01), "rate"),
}


@pytest.mark.parametrize("what", MUTATIONS)
def test_the_right_row_turns(what, monkeypatch):
    name, attribute, mutate, words = MUTATIONS[what]
    original = getattr(module(name), attribute)
    monkeypatch.setattr(module(name), attribute, mutate(original))
    lines = turned(run(name)[1])
    assert any(words in line for line in lines), lines


def test_the_row_of_early_stopping_turns_with_its_errors(monkeypatch):
    fit_stopped = module("when_it_pays").fit_stopped

    def row_at(factor):
        def scaled_fit(*args):
            return factor * fit_stopped(*args)[0], False, 0.0

        monkeypatch.setattr(module("when_it_pays"), "fit_stopped", scaled_fit)
        (row,) = (row for row in run("when_it_pays")[1] if row["claim"] in NOT_HELD)
        return row

    better, worse = row_at(0.5), row_at(2.0)
    assert (better["verdict"], worse["verdict"]) == ("holds", "does not hold")
    assert worse["value"] == pytest.approx(4.0 * better["value"])


@pytest.mark.parametrize(("axis", "words"), [("samples", "more samples"), ("units", "more masks")])
def test_the_rows_on_the_map_turn_with_its_axes(axis, words):
    data, rows = run("when_it_pays")
    assert not turned(rows)
    along = -3 if axis == "samples" else -2
    flipped = {k: np.flip(v, along) if v.ndim == 6 else v for k, v in data.items()}
    lines = turned(module("when_it_pays").claims(flipped))
    assert any(words in line for line in lines), lines


def dataset(name, n, d):
    """A problem as the workflow hands it over, without its masks."""
    rng = np.random.default_rng(n)
    X, y = rng.standard_normal((n, d)), np.where(np.arange(n) % 2, 1.0, -1.0)
    return Split(name, 0, X, y, np.arange(n) % 4 > 0, []), None


def on_datasets():
    problems = [dataset("few", 12, 20), dataset("many", 200, 6)]
    (row,) = [
        row
        for row in module("arrangement").arrangement(problems=problems, **SMALL["arrangement"])[1]
        if "datasets" in row["quantity"]
    ]
    return row


def test_the_ntk_of_datasets_is_a_sum_of_masking_kernels_in_their_own_dimensions(monkeypatch):
    row = on_datasets()
    assert row["verdict"] == "holds"
    assert "2 datasets, 7 to 21 features" in row["quantity"]
    assert 0.3 < row["value"] < 2.0
    # One in 1,000 runs, shared by two datasets, two-sided.
    assert row["tolerance"] == pytest.approx(3.4808, abs=1e-4)
    monkeypatch.setattr(module("arrangement"), "ntk", lambda X: 1.05 * ntk(X))
    assert on_datasets()["verdict"] == "fails"


def test_the_error_of_sampled_measures_over_its_root_mean_square_is_near_one():
    problems = [dataset(f"draw {k}", 40, 5) for k in range(40)]
    ratios = [module("arrangement").ntk_on_datasets([one], 500, 0)["value"] for one in problems]
    assert np.sqrt(np.mean(np.square(ratios))) == pytest.approx(1.0, abs=0.15)


def test_the_ntk_of_a_relu_network_is_that_of_its_gradients():
    linearization = module("linearization")
    rng = np.random.default_rng(0)
    X, Z = rng.standard_normal((5, 3)), rng.standard_normal((4, 3))
    W, v = rng.standard_normal((3, 400_000)), rng.standard_normal(400_000)
    inner, outer = X @ W, Z @ W
    first = ((inner > 0) * v**2) @ (outer > 0).T * (X @ Z.T)
    second = np.maximum(inner, 0.0) @ np.maximum(outer, 0.0).T
    expected = linearization.kernel(linearization.RELU, X, Z)
    assert np.abs((first + second) / len(v) - expected).max() <= 0.03 * np.abs(expected).max()


def test_leave_one_out_is_a_fit_without_each_sample():
    fit_1d = module("fit_1d")
    rng = np.random.default_rng(0)
    X, y = np.column_stack([rng.standard_normal(7), np.ones(7)]), rng.standard_normal(7)
    errors = []
    for i in range(7):
        rest = np.delete(np.arange(7), i)
        beta = np.linalg.solve(ntk(X[rest]) + 0.1 * np.eye(6), y[rest])
        errors.append(ntk(X[i : i + 1], X[rest])[0] @ beta - y[i])
    assert fit_1d.leave_one_out(ntk(X), y, 0.1) == pytest.approx(np.mean(np.square(errors)))
    masks = MaskSet.sample(X, 50, 0)
    large = 10 * lambda_max(X, y, masks)  # every fit is zero: the error is that of zero
    assert fit_1d.mkl_leave_one_out(X, y, masks, [large], 1e-8) == pytest.approx(np.mean(y**2))


def test_below_an_overlap_of_one_a_larger_penalty_finds_the_masks_alone(monkeypatch):
    """At a larger error."""
    predict = module("prediction_error")
    penalty = predict.penalty

    def run_at(factor, k):
        monkeypatch.setattr(predict, "penalty", scaled(factor)(penalty))
        gates, W = predict.teacher(5, 100, 1, stream(0, "prediction_error", 1, k))
        rng = stream(0, "prediction_error", 1, k, 6400)
        return predict.fit(6400, gates, W, 0.2, 1e-6, rng)

    for k in range(3):
        small, large = run_at(1.0, k), run_at(3.0, k)
        assert small.overlap < 1
        assert small.chosen > 1 or k
        assert (large.found, large.chosen) == (1.0, 1)
        assert large.error > small.error


def records(mkl, of_ntk):
    return pd.DataFrame(
        dict(
            protocol=["paper", "full", "full"],
            dataset="a",
            split=[0, 0, 1],
            gap=1e-7,
            mkl_objective=mkl,
            ntk_mkl_objective=of_ntk,
        )
    )


def test_no_training_set_has_the_ntk_below_mkl():
    fixes = module("mkl_fixes_ntk").mkl_fixes_ntk
    (row,) = fixes(records([1.0, 2.0, 3.0], [1.1, 2.1, 3.1]))[1]
    assert row["verdict"] == "holds"
    assert "3 training sets of 1 datasets" in row["quantity"]
    assert row["value"] == pytest.approx(-0.1 / 3.0)
    (row,) = fixes(records([1.0, 2.0, 3.0], [1.1, 1.9, 3.1]))[1]
    assert row["verdict"] == "fails"
    of_one_fit = records([1.0, 2.0, 3.0], [1.1, 2.1, 3.1]).iloc[[0, 0, 1, 2]]
    (row,) = fixes(of_one_fit)[1]
    assert "of 3 fits" in row["quantity"]


def test_only_a_theorem_that_fails_stops_the_run():
    rows = [
        claim_row(f"{kind} {value}", "p", "q", value, 1.0, kind=kind)
        for kind in KINDS
        for value in (0.5, 1.0, 2.0)
    ]
    assert [row["verdict"] for row in rows] == [
        *("holds", "holds", "fails"),
        *("holds", "holds", "does not hold"),
        *("not reproduced", "reproduced", "reproduced"),
    ]
    assert failures(rows) == ["claim fails: theorem 2.0: q: 2 is above 1"]


@pytest.mark.parametrize("kind", KINDS)
def test_nan_does_not_hold(kind):
    assert claim_row("c", "p", "q", np.nan, 1.0, kind=kind)["verdict"] not in HOLDS


def test_the_papers_count_is_a_row_for_each_protocol():
    rng = np.random.default_rng(0)
    fits = [
        dict(protocol=p, dataset=f"s{i}", split=s, method=m, stage=stage, correct=c, total=20)
        for p, splits in (("paper", 1), ("full", 4))
        for i in range(33)
        for s in range(splits)
        for m in ("ntk", "mkl", "stopped")
        for stage, c in (("tuned", rng.integers(15, 20)), ("cv", 0))
    ]
    fits = pd.DataFrame(fits).assign(gap=1e-7)
    _, rows = module("uci_accuracy").uci_accuracy(fits)
    tuned = fits[fits.stage == "tuned"].set_index(["protocol", "dataset", "split", "method"])
    at_least = tuned.correct.xs("mkl", level="method") >= tuned.correct.xs("ntk", level="method")
    counts = at_least.groupby(["protocol", "split"]).sum()
    assert [row["value"] for row in rows] == [counts["paper"].mean(), counts["full"].mean()]
    assert {row["kind"] for row in rows} == {REPORTED}
    assert {row["tolerance"] for row in rows} == {26.0}
    assert {row["verdict"] for row in rows} == {"not reproduced"}
    better = fits.assign(correct=fits.correct + 10 * (fits.method == "mkl"))
    _, rows = module("uci_accuracy").uci_accuracy(better)
    assert {row["verdict"] for row in rows} == {"reproduced"}
    assert failures(rows) == []
    of_six = better[better.dataset.isin([f"s{i}" for i in range(6)])]
    assert module("uci_accuracy").uci_accuracy(of_six)[1][0]["tolerance"] == 5  # 26 of 33 are 4.7


def test_claims_are_counted_and_not_their_rows():
    rows = [
        claim_row("a", CONVEX, "q", 0.0, 1.0),
        claim_row("a", CONVEX, "r", 0.0, 1.0),
        claim_row("b", CONVEX, "q", 0.0, 1.0, kind=FINDING, reason="why"),
        claim_row("c", CONVEX, "q", 0.0, 1.0, kind=FINDING, reason="why"),
        claim_row("c", CONVEX, "r", 2.0, 1.0, kind=FINDING, reason="why"),
        claim_row("d", CONVEX, "on one split", 22, 26, kind=REPORTED, reason="why"),
    ]
    _, printed, notes, facts = claims(pd.DataFrame(rows).assign(command="c"))
    assert (facts["theorems"], facts["findings"], facts["held"]) == (1, 2, 1)
    assert facts["not_held"] == ["c"]
    assert facts["reported"] == [
        dict(quantity="on one split", found=22.0, paper=26.0, verdict="not reproduced")
    ]
    assert any("Not: c." in note for note in notes)
    assert any("on one split: 22 against 26, not reproduced" in note for note in notes)
    assert list(printed["reason of the tolerance"])[-1] == "why"


def test_error_of_the_empirical_ntk_falls_as_the_root_of_the_width():
    data, _ = run("ntk_width")
    assert data["errors"].shape == (2, 3, 10)
    assert np.allclose(data["slopes"], -0.5, atol=0.08)


def test_slope_and_its_standard_error_are_those_of_linear_regression():
    rng = np.random.default_rng(0)
    x = np.arange(4.0)
    y = 3.0 - 0.5 * x[:, None] + 0.1 * rng.standard_normal((4, 50))
    fit = linregress(np.repeat(x, 50), y.ravel())
    assert slope(x, y) == pytest.approx((fit.slope, fit.stderr))


def test_no_training_run_is_below_the_convex_optimum():
    data, _ = run("nonconvex_gap")
    assert data["relu"].shape == data["gated"].shape == (2, 4)
    assert min(data["relu"].min(), data["gated"].min()) >= -data["gap"]
    assert data["relu"][1].min() < 0.01
    assert data["arrangements"] <= cover_count(10, 3)


def test_learned_relu_directions_lie_in_cones_that_carry_weight():
    data, _ = run("arrangement")
    signs = np.where(data["X"] @ data["gates"][:, data["relu"] > 1e-3] >= 0, 1.0, -1.0)
    for w in data["relu_weights"].T:
        inner = data["X"] @ w
        assert np.any(np.all(signs * inner[:, None] >= -1e-6 * np.abs(inner).max(), axis=0))


def test_a_gated_teacher_is_found_and_the_error_is_that_of_its_prediction():
    predict = module("prediction_error")
    rng = np.random.default_rng(0)
    gates, W = predict.teacher(4, 30, 2, rng)
    assert np.count_nonzero(np.any(W, axis=0)) == 2
    outcome = predict.fit(3000, gates, W, 0.05, 1e-8, rng)
    assert outcome.found == 1.0
    assert outcome.chosen >= 2
    assert outcome.error < 0.01
    assert outcome.noise_share < 1.0
