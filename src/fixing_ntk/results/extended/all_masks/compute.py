"""Optima of one dataset's program over nested sets of sampled masks, and over all masks."""

import numpy as np

from fixing_ntk.comparison.records import require_certified
from fixing_ntk.masks import MaskSet
from fixing_ntk.programs import Problem
from fixing_ntk.results.bounds import whole_numbers
from fixing_ntk.solvers.interface import solve_paths


def all_masks(
    split, drawn, lams, tol, method="auto", *, gates=(1000, 4000, 16000), limit=100_000, **options
):
    """Solve the group lasso over the masks of the first gates, by number of gates and penalty.

    It is solved on the split's training rows, to see how far more masks lower the optimum. Where
    all masks of the dataset can be listed, it is solved over them, too.

    Parameters
    ----------
    split : Split
    drawn : ndarray (d, N)
        Gates; N is at least the largest of ``gates``.
    lams : dict of str to float
        Penalties lam, by the name of their choice.
    tol : float
        Relative gap that every optimum must certify for its own masks.
    method, **options
        As for `solvers.interface.solve_paths`.
    gates : sequence of int
        Numbers of gates; masks of the first gates are used.
    limit : int
        Maximum number of masks to list. All masks of a dataset are listed where Cover's bound on
        their number is at most this limit.

    Returns
    -------
    list of dict
        A row for each set of masks and each penalty: dataset, ``penalty`` (name of lam), lam, n, d;
        ``gates``, NaN where all masks are listed; the numbers of ``masks`` and of ``active`` masks;
        ``objective`` and ``dual_objective`` over half the squared norm of the labels, relative
        ``gap``. The objective is an upper bound on the optimum over all masks. Where all masks are
        listed, the dual objective is a lower bound on it.

    Raises
    ------
    UncertifiedFit
        If a gap is above tol.
    """
    whole_numbers(1, gates=gates, limit=limit)
    X, y, *_ = split.train_test()
    sets = {count: MaskSet.from_gates(X, drawn[:, :count]) for count in sorted(gates)}
    every = listed(X, limit)
    if every is not None:
        sets[None] = every
    half = 0.5 * y @ y
    rows = []
    for count, masks in sets.items():
        solved = solve_paths(Problem.of(X, y, masks), [list(lams.values())], tol, method, **options)
        for (penalty, lam), solution in zip(lams.items(), solved[0], strict=True):
            require_certified(split, lam, solution.gap, tol)
            rows.append(
                dict(
                    dataset=split.dataset,
                    penalty=penalty,
                    lam=lam,
                    n=len(y),
                    d=X.shape[1],
                    gates=np.nan if count is None else count,
                    masks=len(masks),
                    active=solution.n_active,
                    objective=solution.objective / half,
                    dual_objective=solution.dual_objective / half,
                    gap=solution.gap,
                )
            )
    return rows


def listed(X, limit):
    """Return all nonzero masks of gates on no hyperplane of X, or None if they cannot be listed.

    They cannot if Cover's bound on their number is above ``limit``, or if X (n, d) is zero or
    nearly degenerate. The hyperplane of a row holds the gates that are orthogonal to the row.

    Returns
    -------
    MaskSet or None
    """
    try:
        return MaskSet.enumerate(X, limit)
    except ValueError:
        return None
