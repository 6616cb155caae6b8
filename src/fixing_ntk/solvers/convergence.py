"""Warn if a solver stops before its gap is reached."""

import warnings

from fixing_ntk.programs import Fit


def warn_not_converged(what, gap, tol, stacklevel, mend=Fit.mend):
    """Issue scikit-learn's `ConvergenceWarning`; ``stacklevel`` counts from the caller."""
    from sklearn.exceptions import ConvergenceWarning

    warnings.warn(
        f"{what} at relative gap {gap:.2e}, above tol={tol:.0e}; {mend}",
        ConvergenceWarning,
        stacklevel=stacklevel + 1,
    )
