"""Regularization path of a split: group norms, active masks and accuracy against the penalty."""

import numpy as np

from fixing_ntk.comparison.records import require_certified
from fixing_ntk.comparison.tuning import count_correct
from fixing_ntk.programs import group_norms, lambda_max
from fixing_ntk.results.bounds import shares, whole_numbers
from fixing_ntk.solvers import solve_path


def regularization_path(problems, tol, *, n_points=60, smallest=1e-3):
    """Solve the group lasso at penalties from `lambda_max` down to ``smallest`` times it.

    Parameters
    ----------
    problems : list of (Split, MaskSet)
        A single split, with the masks of its training rows.
    tol : float
        Relative gap of the fits.
    n_points : int
        Number of penalties on the path.
    smallest : float
        Smallest ``lam / lambda_max``.

    Returns
    -------
    data : dict of ndarray
        For k penalties and p masks: ``ratio`` (k,), the penalties over `lambda_max`, decreasing;
        group ``norms`` (k, p); accuracies ``train`` and ``test`` (k,), from 0 to 1; ``objective``
        and relative ``gap`` (k,). ``scale`` is ``1/2 ||y||^2``, the unit of the gap, and
        ``dataset`` the name of the dataset.
    rows : list
        Empty: no claim is checked.

    Raises
    ------
    UncertifiedFit
        If a fit misses the gap.
    """
    whole_numbers(2, n_points=n_points)
    shares(smallest=smallest)
    ((split, masks),) = problems
    X, y, X_test, y_test = split.train_test()
    ratio = np.geomspace(1.0, smallest, n_points)
    path = solve_path(X, y, masks, ratio * lambda_max(X, y, masks), tol)
    for solution in path:
        require_certified(split, solution.lam, solution.gap, tol)

    def accuracy(Z, labels):
        return np.array([count_correct(masks.predict(s.weights, Z), labels) for s in path]) / len(
            labels
        )

    data = dict(
        dataset=split.dataset,
        ratio=ratio,
        norms=np.array([group_norms(s.weights) for s in path]),
        train=accuracy(X, y),
        test=accuracy(X_test, y_test),
        objective=np.array([s.objective for s in path]),
        gap=np.array([s.gap for s in path]),
        scale=0.5 * y @ y,
    )
    return data, []
