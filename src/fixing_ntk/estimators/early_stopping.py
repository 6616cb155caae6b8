"""Estimators' fits that stop on the way from the NTK to the MKL optimum."""

import numpy as np

from fixing_ntk.estimators.cross_validation import Candidate
from fixing_ntk.masks import predict, shares
from fixing_ntk.solvers import early_stopping

# Of n_reweightings="cv", beside the optimum. The run ends at four, at half the cost of eight,
# which was seldom chosen over four or the optimum, and to no gain.
REWEIGHTINGS = tuple(k for k in early_stopping.REWEIGHTINGS if k <= 4)
STOPS_EVERY = 3  # a coarser grid for stops, which cost more than the path of the optimum


class StoppedFit:
    """Kernel ridge regression with the weights of one `EarlyStop` at lam.

    With ``eta`` on the simplex, it is ridge regression with ``K(eta)`` at ``mu = lam / sum_i
    eta_i``, of the sum before.
    """

    def __init__(self, stop, n_reweightings, sample, y, lam):
        self.X, self.masks = sample.X, sample.problem.design.masks
        self.root, self.y, self.lam = sample.root, y, lam
        self.index = np.arange(len(self.masks))  # of the masks that weights belong to
        self.n_iter = n_reweightings
        total = stop.eta.sum()
        self.eta, self.mu = shares(stop.eta), lam / total
        self.coefficients = sample.root * total * stop.beta
        self.gates = self.masks.gates_at(slice(None))
        self.weights, self.gap, self.mkl_gap = stop.weights, stop.gap, stop.mkl_gap

    def predict(self, Z):
        return predict(self.gates, self.weights, Z)


def stopped_fits(sample, y, unit, candidates, refined):
    """`StoppedFit` of each candidate, by one run for each penalty.

    Parameters
    ----------
    sample : masked.Sample
    y : ndarray (n,)
        One of the problem's targets.
    unit : float
        Of the penalties.
    candidates : list of Candidate
        Each with a number of reweightings.
    refined : bool
        As `early_stopping.early_stops` says.

    Returns
    -------
    dict of Candidate to StoppedFit
    """
    fits = {}
    for ratio in {c.lam_ratio for c in candidates}:
        counts, lam = {c.n_reweightings for c in candidates if c.lam_ratio == ratio}, ratio * unit
        for k, stop in early_stopping.early_stops(
            sample.problem.design, y, lam, counts, refined
        ).items():
            fits[Candidate(ratio, k)] = StoppedFit(stop, k, sample, y, lam)
    return fits
