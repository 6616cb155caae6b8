"""Paths of MKL and of the NTK, and their limits as the penalty goes to zero."""

import numpy as np

from fixing_ntk.comparison.records import require_certified
from fixing_ntk.comparison.tuning import count_correct
from fixing_ntk.kernels import KernelRidge, ntk
from fixing_ntk.programs import MaskedDesign, group_norms, lambda_max
from fixing_ntk.results.bounds import shares, whole_numbers
from fixing_ntk.results.claim_kinds import GATED, claim_row
from fixing_ntk.solvers import solve_path
from fixing_ntk.solvers.interpolation import RANK, interpolate

MISSED = 1e-6  # residual over ||y|| above which labels are not interpolated


def interpolation(problems, tol, conic_backend, *, n_points=25, smallest=1e-4, ntk_smallest=1e-8):
    """Follow the regularization paths of MKL and of the NTK on every problem, to their ends.

    The *end* of a path is its limit as the penalty goes to zero.

    Parameters
    ----------
    problems : list of (Split, MaskSet)
        Split of each dataset, with the masks of its training rows.
    tol : float
        Relative gap of the fits and of the interpolant, which is MKL's end.
    conic_backend : {"auto", "mosek", "clarabel"}
        Backend of the interpolant's cone program.
    n_points : int
        Number of penalties on each path.
    smallest : float
        Smallest penalty of MKL, over `lambda_max`.
    ntk_smallest : float
        Smallest penalty of the NTK, over the largest eigenvalue of its kernel.

    Returns
    -------
    data : dict of ndarray
        For k problems: ``names``, numbers of training rows ``n`` and of masks ``p``. For m
        penalties, decreasing: ``ratio`` and ``ntk_ratio``, in the units of ``smallest`` and
        ``ntk_smallest``. Accuracies ``mkl_train``, ``mkl_test``, ``ntk_train``, ``ntk_test`` (k, m
        + 1), from 0 to 1, at the end last. ``norms`` (k, m) are MKL's sums of group norms along the
        path; ``objective`` (k,) is the sum at the end, with the relative gap ``end_gap``.
        ``bounds`` (k, m) are lower bounds on this sum, the dual values of the path's dual points
        over their penalties. Each (k,): ``rank`` and ``ntk_rank``, the dimensions of the training
        outputs that each end can fit; ``missed``, the distance over ``||y||`` of y from the nearest
        outputs that MKL can fit, which are the target of its end; ``numerical``, the distance of
        MKL's outputs at the end from this target over ``||y||``; ``ntk_missed``, the residual of
        the NTK's end over ``||y||``; ``interpolates``, whether ``missed`` and ``ntk_missed`` are at
        most `MISSED`; ``active``, the number of MKL's active masks at the end; ``gap``, the largest
        of MKL's fits, its end included.
    rows : list of dict
        Rows of claims, as `claim_kinds.claim_row` makes them.

    Raises
    ------
    UncertifiedFit
        If a fit of MKL or the interpolant misses the gap.
    """
    whole_numbers(2, n_points=n_points)
    shares(smallest=smallest, ntk_smallest=ntk_smallest)
    # At `lambda_max` itself MKL is zero and predicts one class.
    ratio, ntk_ratio = (np.geomspace(0.9, last, n_points) for last in (smallest, ntk_smallest))
    ends = []
    for split, masks in problems:
        mkl = _mkl_end(split, masks, ratio, tol, conic_backend)
        ends.append(mkl | _ntk_end(split, ntk_ratio))
    data = {key: np.array([end[key] for end in ends]) for key in ends[0]}
    data |= dict(names=np.array([split.dataset for split, _ in problems]))
    data |= dict(ratio=ratio, ntk_ratio=ntk_ratio)
    data["interpolates"] = np.maximum(data["missed"], data["ntk_missed"]) <= MISSED
    return data, claims(data)


def _mkl_end(split, masks, ratio, tol, conic_backend):
    """Return MKL's numbers of `interpolation` for one problem, by name.

    Penalties are ``ratio`` times `lambda_max`; the end has none. Raise `UncertifiedFit` if a fit or
    the end misses the gap ``tol``.
    """
    X, y, *_ = split.train_test()
    path = solve_path(X, y, masks, ratio * lambda_max(X, y, masks), tol)
    for solution in path:
        require_certified(split, solution.lam, solution.gap, tol)
    end = interpolate(MaskedDesign(X, masks), y, tol, path[-1], conic_backend)
    require_certified(split, 0.0, end.gap, tol)
    weights = np.zeros((X.shape[1], len(masks)))
    weights[:, end.active] = end.weights
    outputs = [solution.weights for solution in path] + [weights]
    return dict(
        n=len(y),
        p=len(masks),
        **_accuracies("mkl", [lambda Z, w=w: masks.predict(w, Z) for w in outputs], split),
        norms=np.array([group_norms(solution.active_weights).sum() for solution in path]),
        bounds=np.array([solution.dual_point @ end.target / solution.lam for solution in path]),
        objective=end.objective,
        end_gap=end.gap,
        rank=end.rank,
        missed=np.linalg.norm(y - end.target) / np.linalg.norm(y),
        numerical=end.residual,
        active=len(end.active),
        gap=max(end.gap, *(solution.gap for solution in path)),
    )


def _ntk_end(split, ratio):
    """Return the NTK's numbers of `interpolation` for one split, by name.

    Penalties are ``ratio`` times the largest eigenvalue of the kernel.
    """
    X, y, *_ = split.train_test()
    H = ntk(X)
    ridge, (values, vectors) = KernelRidge(H, y), np.linalg.eigh(H)
    # Without a penalty: the least-squares fit of least norm, zero where eigenvalues are zero.
    kept = values > RANK * values[-1]
    end = vectors[:, kept] @ (vectors[:, kept].T @ y / values[kept])
    betas = [*ridge.coefficients(ratio * ridge.scale).T, end]
    return dict(
        **_accuracies("ntk", [lambda Z, b=b: ntk(Z, X) @ b for b in betas], split),
        ntk_rank=int(kept.sum()),
        ntk_missed=np.linalg.norm(y - H @ end) / np.linalg.norm(y),
    )


def _accuracies(name, outputs, split):
    """Return the accuracies of each of ``outputs``, functions of points, on training and test rows.

    A function maps points (m, d) to decision values (m,), whose sign is the class. The keys of the
    dict are ``NAME_train`` and ``NAME_test``, for the method ``name``.
    """
    X, y, X_test, y_test = split.train_test()
    return {
        f"{name}_{part}": np.array([count_correct(f(Z), z) for f in outputs]) / len(z)
        for part, Z, z in (("train", X, y), ("test", X_test, y_test))
    }


def claims(data):
    """Return two rows of claims: on MKL's path, norm and dual value are at most the end's norm.

    A value is the largest of all ratios to the end's norm, less one. The row of the norm holds up
    to ``1e-6``, the row of the dual value up to ``1e-9``. ``data`` is the first value of
    `interpolation`.
    """
    names, gap = ", ".join(data["names"]), data["gap"].max()
    least = data["objective"][:, None]
    text = "along the path, over the certified {0} of its end, less one; largest of {1}"
    return [
        claim_row(
            "Along the path the norm of the weights stays below that of the interpolant",
            GATED,
            "sum of group norms " + text.format("sum", names),
            np.max(data["norms"] / least) - 1.0,
            1e-6,
            gap,
        ),
        claim_row(
            "Residuals along the path bound the norm of every interpolant from below",
            GATED,
            "dual value of the residual over λ " + text.format("sum", names),
            np.max(data["bounds"] / least) - 1.0,
            1e-9,
            gap,
        ),
    ]
