"""Warn that a solver stopped above its tolerance."""

import warnings

from fixing_ntk.programs import Fit


def warn_not_converged(what, gap, tol, stacklevel, mend=Fit.mend):
    """Issue scikit-learn's `ConvergenceWarning` with the gap, the tolerance and advice.

    Callers compare the gap with the tolerance: here the warning is always issued.

    Parameters
    ----------
    what : str
        What stopped, and after how many iterations: the start of the text.
    gap, tol : float
        Relative gap that was reached, and the one that was asked for.
    stacklevel : int
        As in `warnings.warn`; 1 is the line that calls this function.
    mend : str
        Advice, the end of the text.
    """
    from sklearn.exceptions import ConvergenceWarning

    warnings.warn(
        f"{what} at relative gap {gap:.2e}, above tol={tol:.0e}; {mend}",
        ConvergenceWarning,
        stacklevel=stacklevel + 1,
    )
