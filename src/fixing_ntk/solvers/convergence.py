"""A solver that stops short says so."""

import warnings

from fixing_ntk.programs import Fit


def warn_not_converged(what, gap, tol, stacklevel, mend=Fit.mend):
    """Warn with gap and tolerance, as scikit-learn does; ``stacklevel`` as from the caller."""
    from sklearn.exceptions import ConvergenceWarning

    warnings.warn(
        f"{what} at relative gap {gap:.2e}, above tol={tol:.0e}; {mend}",
        ConvergenceWarning,
        stacklevel=stacklevel + 1,
    )
