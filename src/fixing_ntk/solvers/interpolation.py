"""The end of the regularization path: the minimum-norm interpolant, as the penalty goes to zero.

At penalty lam the gated ReLU program trades its loss against ``lam sum_i ||w_i||``. As lam goes to
zero, its solutions approach the least-squares solutions of least norm::

    min sum_i ||w_i||   subject to   A w = y,     A = [D_1 X ... D_p X]

where y is replaced by its projection onto the range of A. The projection is y itself where A has
rank n, and then the network interpolates. The dual is ``max a^T y`` subject to
``||X^T D_i a|| <= 1``, a cone program without the loss. Its multipliers are the weights.
"""

from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
from scipy.linalg import eigh

from fixing_ntk.programs import MaskedDesign, group_norms
from fixing_ntk.programs.objective import interpolation_gap
from fixing_ntk.solvers.backends import choose
from fixing_ntk.solvers.conic_program import ConicProgram, group_block

RANK = 1e-10  # eigenvalues of A A^T below this share of the largest are zeros
PRECISION = 1e-3  # tolerance of a backend, as a share of the gap that is asked for
NEAR = 0.9  # score, of 1 at most, from which a mask is in the first working set
ZERO = 1e-7  # groups below this share of the largest are zeros


class Interpolant(NamedTuple):
    """The least-squares network of least norm ``sum_i ||w_i||``, and its certificate.

    ``weights`` (d, k) are of the masks in ``active`` (k,), and ``objective`` is the sum of their
    norms. ``target`` (n,) is the projection of y onto the range of ``A = [D_1 X ... D_p X]``, over
    all p masks. ``rank`` is the dimension of this range. ``gap`` is the duality gap over
    ``objective``, and ``residual`` is the distance of the network's output from the target, over
    ``||y||``. ``dual_point`` a (n,) is feasible after division by ``max(1, max_i ||X^T D_i a||)``.
    """

    weights: np.ndarray
    active: np.ndarray
    objective: float
    gap: float
    target: np.ndarray
    rank: int
    residual: float
    dual_point: np.ndarray


def interpolate(design, y, tol, near, backend="auto", max_iter=200):
    """Solve ``min sum_i ||w_i||`` subject to ``A w = y``, the gated ReLU program as lam -> 0.

    y is first replaced by its projection onto the range of A. The cone program is solved on a
    working set of masks, which grows by the masks that violate their dual constraint.

    Parameters
    ----------
    design : MaskedDesign
    y : ndarray (n,)
        Not orthogonal to the range of A.
    tol : float
        Relative gap to certify, `programs.objective.interpolation_gap`.
    near : Solution
        Solution of the gated ReLU program at a small penalty. Its dual point says which masks to
        start with.
    backend : {"auto", "mosek", "clarabel"}
        See `backends.choose`.
    max_iter : int
        Maximum number of interior point iterations for one cone program.

    Returns
    -------
    Interpolant
        With the gap that was reached, also if it is above ``tol``.

    Raises
    ------
    RuntimeError
        If the backend cannot run.
    """
    solver, basis = choose(backend), range_basis(design)
    target = basis @ (basis.T @ y)
    index = np.flatnonzero(design.scores(near.dual_point) >= NEAR * near.lam)
    while True:
        working_set = MaskedDesign(design.X, design.masks.subset(index))
        spans = range_basis(working_set).shape[1] == basis.shape[1]
        if not spans:  # such masks cannot interpolate the target: take all
            index = np.arange(design.p)
            working_set = design
        a, weights = _solve(working_set, basis, target, solver, PRECISION * tol, max_iter)
        scores, norms = design.scores(a), group_norms(weights)
        gap = interpolation_gap(norms, a, target, scores.max())
        outside = np.setdiff1d(np.flatnonzero(scores > 1.0), index)
        if gap <= tol or not outside.size:
            break
        index = np.union1d(index, outside)
    used = norms > 0
    residual = np.linalg.norm(target - working_set.forward(weights)) / np.linalg.norm(y)
    objective, rank = float(norms.sum()), basis.shape[1]
    return Interpolant(
        weights[:, used], index[used], objective, gap, target, rank, float(residual), a
    )


def range_basis(design):
    """Return an orthonormal basis (n, r) of the range of A; the identity where A has rank n.

    ``A = [D_1 X ... D_p X]`` is the linear map of ``design``.
    """
    values, vectors = eigh(design.kernel(np.ones(design.p)))
    kept = values > RANK * values[-1]
    return np.eye(design.n) if kept.all() else vectors[:, kept]


def _solve(design, basis, target, solver, precision, max_iter):
    """Solve the cone program on the p masks of ``design``; return a dual point and the weights.

    The dual point is (n,), the weights (d, p). The weights are moved, by little relative to their
    norms, so that they interpolate the target.

    Parameters
    ----------
    design : MaskedDesign
    basis : ndarray (n, r)
        From `range_basis` of the design of all masks.
    target : ndarray (n,)
        In the span of the basis.
    solver : module
        Backend, from `backends.choose`.
    precision : float
        Tolerance of the backend.
    max_iter : int
        Maximum number of interior point iterations.
    """
    cones, A, b = group_block(design, 1.0)
    program = ConicProgram.stack(-(basis.T @ target), [(cones, sp.csc_array(A @ basis), b)])
    result = solver.solve(program, max(precision, 1e-12), max_iter)
    weights = result.z.reshape(design.p, design.d + 1)[:, 1:].T.copy()
    norms = group_norms(weights)
    weights[:, norms <= ZERO * norms.max()] = 0.0
    # Move the weights to the target, by as little as possible relative to their norms.
    eta = group_norms(weights)
    missing = target - design.forward(weights)
    moved = np.linalg.lstsq(design.kernel(eta), missing, rcond=RANK)[0]
    return basis @ result.x, weights + eta * design.adjoint(moved)
