"""celer's group lasso: working sets and dual extrapolation. The loss is 1/(2n) ||.||^2."""

from celer import GroupLasso

from fixing_ntk.benchmark.peers.explicit import by_group, explicit_matrix

PACKAGE = "celer"
FIRST_TOL = 1e-2  # bound on celer's own gap over ||y||^2 / n


def prepare(X, y, masks):
    """Return ``run(lam, tol)``, which solves by celer; see `benchmark.peers`.

    ``masks`` is a `MaskSet` of p masks. ``run`` returns weights (d, p), and None for all masks.
    """
    n, d = X.shape
    A = explicit_matrix(X, masks)

    def run(lam, tol):
        model = GroupLasso(groups=d, alpha=lam / n, tol=tol, max_iter=10_000, fit_intercept=False)
        return by_group(model.fit(A, y).coef_, d), None

    return run
