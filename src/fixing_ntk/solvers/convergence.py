"""A solver that stops short says so."""

import warnings


def warn_not_converged(what, gap, tol, stacklevel):
    """Warn with gap and tolerance, as scikit-learn does; ``stacklevel`` as from the caller."""
    from sklearn.exceptions import ConvergenceWarning

    warnings.warn(
        f"{what} at relative gap {gap:.2e}, above tol={tol:.0e}; raise max_iter or tol",
        ConvergenceWarning,
        stacklevel=stacklevel + 1,
    )
