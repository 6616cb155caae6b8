"""`lambda_max`, the least penalty at which the solution is zero, where grids of penalties start."""

import numpy as np

from fixing_ntk.programs.objective import is_orthogonal
from fixing_ntk.programs.problem import Problem, at_zero


def lambda_max(X, y, masks, loss="squared", sample_weight=None, fit_intercept=False):
    """Return the least penalty at which the gated ReLU program's solution is zero.

    It is ``max_i ||X^T D_i a||``, with ``D_i`` the diagonal matrix of mask i, and a the negative
    gradient of the loss in the outputs, at zero weights. At and above this penalty the solution is
    zero.

    Parameters
    ----------
    X : array or sparse array (n, d)
    y : array (n,), or (n, k) of k targets
    masks : MaskSet or RegeneratedMasks
    loss : {"squared", "logistic"}
        ``a`` is y for the squared loss, and y / 2 for the logistic one.
    sample_weight : array (n,), optional
        At least 0; multiplies the entries of ``a``. One by default.
    fit_intercept : bool
        With an intercept ``a`` is taken at the best constant output in place of zero.

    Returns
    -------
    float, or ndarray (k,) for y of shape (n, k)
        Zero if every ``X^T D_i a`` is zero up to rounding (`is_orthogonal`).

    Raises
    ------
    TypeError, ValueError
        For shapes that do not fit, entries that are not finite numbers, an unknown loss, or labels
        or sample weights that the loss does not take.
    """
    problem = Problem.of(X, y, masks, loss, sample_weight, fit_intercept)
    tops = [_top(problem.design, at_zero(one)) for one in problem.losses]
    return np.array(tops) if np.ndim(y) == 2 else tops[0]


def _top(design, a):
    top = design.scores(a).max()
    return 0.0 if is_orthogonal(design, a, top) else float(top)
