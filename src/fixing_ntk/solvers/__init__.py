"""`solve` and `solve_path`: one interface and one certificate for every solver."""

import warnings

import numpy as np

from fixing_ntk.design import MaskedDesign
from fixing_ntk.objective import certify, eta_from_weights
from fixing_ntk.solution import Solution
from fixing_ntk.solvers.conic import conic
from fixing_ntk.solvers.fista import fista
from fixing_ntk.solvers.irls import irls
from fixing_ntk.solvers.newton import newton
from fixing_ntk.threads import one_blas_pool

METHODS = {"newton": newton, "irls": irls, "fista": fista, "conic": conic}


def solve(X, y, masks, lam, tol=1e-6, method="auto", max_iter=None, start=None, **options):
    """Minimise ``1/2 ||sum_i D_i X w_i - y||^2 + lam sum_i ||w_i||``, the gated ReLU program.

    Parameters
    ----------
    X : array (n, d)
    y : array (n,)
    masks : MaskSet
        Masks of the same n samples.
    lam : float
        Penalty, on the scale of `lambda_max`.
    tol : float
        Relative gap ``(P - D) / (1/2 ||y||^2)`` to certify.
    method : {"auto", "newton", "irls", "fista", "conic"}
        "auto" is "newton". "conic" takes ``backend="mosek" | "clarabel" | "auto"``.
    max_iter : int, optional
        Iterations before giving up; each solver has its own default.
    start : ndarray (d, p), optional
        Weights to start from, for the solvers that can use them ("newton", "fista").

    Returns
    -------
    Solution
        Scored by `objective.certify`; ``status`` is "optimal" only when ``gap <= tol``.

    Warns
    -----
    sklearn.exceptions.ConvergenceWarning
        With gap and tolerance, when the gap was not reached.

    Raises
    ------
    ValueError
        For shapes that do not fit, entries that are not finite, or a penalty, tolerance or method
        out of range.
    """
    X, y = _checked(X, y, masks, lam, tol, method)
    design = MaskedDesign(X, masks)
    return _solve(design, y, design.scores(y), lam, tol, method, max_iter, start, options)


def solve_path(X, y, masks, lams, tol=1e-6, method="auto", max_iter=None, **options):
    """`solve` over a grid of penalties, each started from its neighbour above.

    Parameters
    ----------
    lams : sequence of float
        Any order; solved from the largest down.

    Returns
    -------
    list of Solution
        In the order of ``lams``.
    """
    lams = [float(lam) for lam in lams]
    for lam in lams:
        X, y = _checked(X, y, masks, lam, tol, method)
    design = MaskedDesign(X, masks)
    scores, solutions, start = design.scores(y), {}, None
    for k in sorted(range(len(lams)), key=lambda k: -lams[k]):
        solutions[k] = _solve(design, y, scores, lams[k], tol, method, max_iter, start, options)
        start = solutions[k].weights
    return [solutions[k] for k in range(len(lams))]


def _solve(design, y, scores, lam, tol, method, max_iter, start, options):
    if scores.max() <= lam:
        weights, n_iter, history, name = np.zeros((design.d, design.p)), 0, [], method
    else:
        solver = METHODS["newton" if method == "auto" else method]
        limit = {} if max_iter is None else {"max_iter": max_iter}
        with one_blas_pool():
            weights, n_iter, history, name = solver(
                design, y, lam, tol, start=start, **limit, **options
            )
    certificate = certify(design, y, lam, weights)
    eta = eta_from_weights(weights)
    if not np.any(eta):
        eta[np.argmax(scores)] = 1.0
    converged = certificate.gap <= tol
    if not converged:
        from sklearn.exceptions import ConvergenceWarning

        warnings.warn(
            f"{name} stopped after {n_iter} iterations at relative gap {certificate.gap:.2e}, "
            f"above tol={tol:.0e} (lam={lam:.6g}); raise max_iter or tol",
            ConvergenceWarning,
            stacklevel=3,
        )
    return Solution(
        weights=weights,
        eta=eta,
        objective=certificate.objective,
        dual_objective=certificate.dual_objective,
        gap=certificate.gap,
        dual_point=certificate.dual_point,
        lam=float(lam),
        tol=float(tol),
        method=name,
        status="optimal" if converged else "not_converged",
        n_iter=n_iter,
        history=history,
    )


def _checked(X, y, masks, lam, tol, method):
    X, y = np.asarray(X, float), np.asarray(y, float)
    if X.ndim != 2 or y.shape != X.shape[:1]:
        raise ValueError(f"X must be (n, d) and y (n,), got {X.shape} and {y.shape}")
    if masks.n != len(X) or len(masks.gates) != X.shape[1]:
        raise ValueError(
            f"masks are of n={masks.n}, d={len(masks.gates)}, but X is {X.shape}: "
            "make them from this X"
        )
    if not (np.isfinite(X).all() and np.isfinite(y).all()):
        raise ValueError("X and y must be finite: impute or drop missing values first")
    if not (np.isfinite(lam) and lam > 0):
        raise ValueError(f"lam must be positive and finite, got {lam}")
    if not tol > 0:
        raise ValueError(f"tol must be positive, got {tol}")
    if method != "auto" and method not in METHODS:
        raise ValueError(f"unknown method {method!r}: choose from {['auto', *METHODS]}")
    return X, y
