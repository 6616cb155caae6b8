import numpy as np
import pytest
from conftest import random_problem

from fixing_ntk.masks import MaskSet
from fixing_ntk.programs import MaskedDesign, lambda_max
from fixing_ntk.programs import objective as o
from fixing_ntk.solvers import METHODS, solve

pytestmark = pytest.mark.usefixtures("small_samples")


def gradient(f, x, h=1e-6):
    eye = np.eye(x.size)
    return np.array([(f(x + h * e) - f(x - h * e)) / (2 * h) for e in eye])


def test_dual_never_exceeds_primal():
    X, y, masks, lam = random_problem(30, 3, 40, seed=0)
    design, rng = MaskedDesign(X, masks), np.random.default_rng(0)
    for scale in (0.0, 1e-3, 0.1, 1.0):
        W = scale * rng.standard_normal((3, len(masks)))
        c = o.certify(design, y, lam, W)
        assert c.dual_objective <= c.objective
        assert design.scores(c.dual_point).max() <= lam * (1 + 1e-12)
        assert c.dual_objective == pytest.approx(
            0.5 * y @ y - 0.5 * np.sum((y - c.dual_point) ** 2)
        )


def test_primal_gradient_is_minus_the_scores_by_finite_differences(problem):
    X, y, masks, lam = problem
    design = MaskedDesign(X, masks)
    W = np.random.default_rng(0).standard_normal((X.shape[1], len(masks)))

    def P(w):
        W = w.reshape(X.shape[1], -1)
        return o.primal(y - design.forward(W), o.group_norms(W), lam)

    r = y - design.forward(W)
    exact = -design.adjoint(r) + lam * W / o.group_norms(W)
    assert np.allclose(gradient(P, W.ravel()).reshape(W.shape), exact, rtol=1e-5, atol=1e-5)


def test_mkl_objective_gradient_is_minus_half_mu_squared_scores(problem):
    """dJ/d eta_i = -mu/2 ||X^T D_i b||^2, the fact behind IRLS and Newton."""
    X, y, masks, _ = problem
    design, mu = MaskedDesign(X, masks), 2.0
    eta = np.random.default_rng(0).random(len(masks)) + 0.1
    b = np.linalg.solve(design.kernel(eta) + mu * np.eye(len(y)), y)
    numeric = gradient(lambda e: o.mkl_objective(design.kernel(e), y, mu), eta, h=1e-5)
    assert np.allclose(numeric, -0.5 * mu * design.scores(b) ** 2, rtol=1e-4, atol=1e-8)


def test_lambda_max_is_where_the_solution_leaves_zero(problem):
    X, y, masks, _ = problem
    top = lambda_max(X, y, masks)
    at = solve(X, y, masks, top)
    assert not at.weights.any()
    assert at.status == "optimal"
    assert at.gap == 0.0
    below = solve(X, y, masks, 0.999 * top, tol=1e-9)
    assert below.weights.any()


def test_conversions_are_inverse(problem):
    X, y, masks, lam = problem
    W = solve(X, y, masks, lam).weights
    assert o.lam_from_mu(o.mu_from_lam(lam, W), W) == pytest.approx(lam)
    assert o.eta_from_weights(W).sum() == pytest.approx(1.0)
    with pytest.raises(ValueError, match="lambda_max"):
        o.mu_from_lam(lam, np.zeros_like(W))


def test_poster_conversion_only_rescales_the_objective(problem):
    """||Aw - y||^2 + lam_tilde sum ||w_i|| is twice ours at lam_tilde / 2."""
    X, y, masks, _ = problem
    W = np.random.default_rng(0).standard_normal((X.shape[1], len(masks)))
    r, norms, lam_tilde = y - MaskedDesign(X, masks).forward(W), o.group_norms(W), 3.0
    poster = r @ r + lam_tilde * norms.sum()
    assert poster == pytest.approx(2 * o.primal(r, norms, o.lam_from_poster(lam_tilde)))


def test_weight_decay_conversion_by_the_arithmetic_geometric_mean():
    """Balanced neurons cost ``decay (|u|^2 + v^2) = 2 decay |u| |v|``: twice decay on ||w||."""
    u, v = np.array([3.0, 4.0]), 2.0
    best = min(0.5 * (np.sum((t * u) ** 2) + (v / t) ** 2) for t in np.geomspace(0.1, 10, 20001))
    assert best == pytest.approx(0.5 * o.lam_from_weight_decay(1.0) * np.linalg.norm(v * u))


def test_mkl_dual_is_the_best_on_its_ray(problem):
    X, y, masks, _ = problem
    a, mu = y + 0.3, 1.7
    top = MaskedDesign(X, masks).scores(a).max()
    values = [
        t * a @ y - 0.5 * t**2 * (a @ a) - (t * top) ** 2 / (2 * mu) for t in np.linspace(0, 2, 401)
    ]
    best = o.mkl_dual(a, y, top, mu)
    assert max(values) <= best + 1e-12
    assert max(values) == pytest.approx(best, rel=1e-3)


def test_zero_targets_have_zero_gap(problem):
    X, y, masks, _ = problem
    solution = solve(X, 0 * y, masks, 1.0)
    assert solution.gap == 0.0
    assert not solution.weights.any()


@pytest.mark.parametrize("shrunk", [True, False])
def test_the_smoothed_gap_is_its_definition(shrunk, problem):
    """Of a dual point that breaks its constraints, after it is shrunk into them."""
    X, y, masks, lam = problem
    design, eps = MaskedDesign(X, masks), 0.01
    weights = solve(X, y, masks, lam).weights
    residual, norms = y - design.forward(weights), o.group_norms(weights)
    a = residual * (2.0 if shrunk else 0.5)
    feasible = a * (lam / design.scores(a).max() if shrunk else 1.0)
    P = 0.5 * residual @ residual + lam * np.sum(np.sqrt(norms**2 + eps))
    D = 0.5 * y @ y - 0.5 * np.sum((y - feasible) ** 2)
    room = np.maximum(lam**2 - design.scores(feasible) ** 2, 0.0)
    D += np.sqrt(eps) * np.sum(np.sqrt(room))
    gap = o.smoothed_gap(residual, norms, a, design.scores(a), y, lam, eps)
    assert gap == pytest.approx((P - D) / (0.5 * y @ y), rel=1e-6)
    assert gap > 0


@pytest.mark.parametrize("scale", [1e-150, 1e-8, 1.0, 1e8, 1e150])
def test_a_gap_below_zero_is_rounding_or_an_error(scale):
    y = scale * np.random.default_rng(0).standard_normal(100)
    P, value = 0.3 * y @ y, 0.5 * y @ y
    assert o.relative_gap(P, P, y) == 0.0
    assert o.relative_gap(P, P * (1 + 1e-15), y) == 0.0
    assert o.relative_gap(P, P - 0.1 * value, y) == pytest.approx(0.1)
    assert np.isnan(o.relative_gap(np.nan, P, y))
    for share in (1e-10, 1e-3, 1.0):
        with pytest.raises(ArithmeticError, match=r"dual value .* above the primal value"):
            o.relative_gap(P, P + share * value, y)


def test_a_certificate_from_wrong_scores_is_refused(problem):
    """Scores that are too small let a point through that breaks its constraints."""
    X, y, masks, lam = problem
    design, solution = MaskedDesign(X, masks), solve(X, y, masks, lam, tol=1e-10)
    design.screened_scores = lambda a: 0.9 * design.scores(a)
    rough = 0.9 * solution.weights
    assert o.certify(design, y, lam, rough).gap > 0
    with pytest.raises(ArithmeticError, match="above the primal value"):
        o.certify(design, y, 0.95 * lam, solution.weights)


def test_a_dual_point_that_is_given_proves_what_it_proves(problem):
    """Each is a lower bound, and the optimal one proves that the weights are optimal."""
    X, y, masks, lam = problem
    design, best = MaskedDesign(X, masks), solve(X, y, masks, lam, tol=1e-10)
    for a in (best.dual_point, 3.0 * best.dual_point, y, np.ones(len(y))):
        certificate = o.certify(design, y, lam, best.weights, a=a)
        assert design.scores(certificate.dual_point).max() <= lam * (1 + 1e-12)
        assert certificate.dual_objective == pytest.approx(o.dual(certificate.dual_point, y))
        assert certificate.dual_objective <= best.objective
    assert o.certify(design, y, lam, best.weights, a=best.dual_point).gap <= 1e-10


def orthogonal_problem(seed, constant):
    """A target that is centred, and masks that are open for all samples."""
    rng = np.random.default_rng(seed)
    n = rng.integers(3, 300)
    X, y = np.full((n, 2), [constant, 1.0]), rng.standard_normal(n)
    y = y - y.mean()
    return X, y - y.mean(), MaskSet.from_gates(X, [[1.0, 0.5], [0.0, 1.0]])


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("x_scale", "y_scale"), [(1.0, 1.0), (1e8, 1e-3), (1e-70, 1e100)])
def test_an_orthogonal_target_has_lambda_max_zero_and_zero_weights(x_scale, y_scale):
    for seed in range(20):
        X, y, masks = orthogonal_problem(seed, 0.1)
        X, y = X * x_scale, y * y_scale
        assert lambda_max(X, y, masks) == 0.0
        for method in METHODS:
            solution = solve(X, y, masks, 1e-30 * x_scale * y_scale, method=method)
            assert (solution.n_active, solution.gap, solution.status) == (0, 0.0, "optimal")


def test_rounding_in_one_column_hides_no_other():
    """A bound on the rounding of all columns together is that of 1e15, above the other's score."""
    X, y, _ = orthogonal_problem(0, 1e15)
    X = np.column_stack([X, y + np.random.default_rng(1).standard_normal(len(y))])
    masks = MaskSet.from_gates(X, [[1.0], [0.5], [0.0]])
    assert lambda_max(X, y, masks) >= X[:, 2] @ y > 0.0


@pytest.mark.parametrize("share", [1e-11, 1e-9])
def test_a_slight_correlation_is_no_rounding(share):
    X, y, masks = orthogonal_problem(1, 0.1)
    y = y + share * np.linalg.norm(y) / np.sqrt(len(y))
    expected = np.linalg.norm(X.T @ y)
    assert lambda_max(X, y, masks) == pytest.approx(expected, rel=1e-3)
