"""Estimators' fits that stop on the way from the NTK to the MKL optimum."""

from typing import NamedTuple

from fixing_ntk.masks import predict, shares
from fixing_ntk.solvers import early_stopping

# Of n_reweightings="cv"; None is the optimum. The run ends at four, at half the cost of eight,
# which was seldom chosen over four or the optimum, and to no gain.
REWEIGHTINGS = (*(k for k in early_stopping.REWEIGHTINGS if k <= 4), None)
STOPS_EVERY = 3  # a coarser grid for stops, which cost more than the path of the optimum


class Candidate(NamedTuple):
    """A penalty over its unit, and a number of reweightings or None."""

    ratio: float
    n_reweightings: int | None


class StoppedFit:
    """Kernel ridge regression with the weights of one `EarlyStop` at lam.

    With ``eta`` on the simplex, it is ridge regression with ``K(eta)`` at ``mu = lam / sum_i
    eta_i``, of the sum before.
    """

    def __init__(self, stop, n_reweightings, design, X, root, lam):
        self.X, self.masks, self.n_iter = X, design.masks, n_reweightings
        total = stop.eta.sum()
        self.eta, self.mu = shares(stop.eta), lam / total
        self.coefficients = root * total * stop.beta
        self.gates = design.masks.gates_at(slice(None))
        self.weights, self.gap, self.mkl_gap = stop.weights, stop.gap, stop.mkl_gap

    def predict(self, Z):
        return predict(self.gates, self.weights, Z)


def stopped_fits(design, X, y, root, lam, counts, refined):
    """`StoppedFit` after each number of reweightings, from one run.

    Parameters
    ----------
    design : MaskedDesign
        Of the rows of X (n, d) times ``root``, the roots of the sample weights.
    y : ndarray (n,)
        Times ``root``.
    lam : float
    counts : set of int
    refined : bool
        As `early_stopping.early_stops` says.

    Returns
    -------
    dict of int to StoppedFit
    """
    stops = early_stopping.early_stops(design, y, lam, counts, refined)
    return {k: StoppedFit(stop, k, design, X, root, lam) for k, stop in stops.items()}
