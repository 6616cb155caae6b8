"""Kernel weights on the way from the NTK to the MKL optimum: IRLS stopped after k reweightings.

At any kernel weights ridge regression is solved exactly, so every stop has a certificate of its
own; how far from the optimum of all weights it is, the scores of the same pass say.
"""

from itertools import islice
from typing import NamedTuple

from fixing_ntk.masks import predict, shares
from fixing_ntk.programs import one_pool, relative_gap, ridge_dual, ridge_primal
from fixing_ntk.solvers import gl_iterates

REWEIGHTINGS = (0, 1, 2, 4, 8, 16, None)  # of n_reweightings="cv"; None is the optimum


class Candidate(NamedTuple):
    """A penalty over its unit, and a number of reweightings or None."""

    ratio: float
    n_reweightings: int | None


class StoppedFit:
    """Kernel ridge regression with the weights of one pass of IRLS at lam.

    With ``eta`` on the simplex, the pass is ridge regression with ``K(eta)`` at ``mu = lam / sum_i
    eta_i``, of the sum before.
    """

    def __init__(self, iterate, n_reweightings, design, X, y, root, lam):
        self.X, self.masks, self.n_iter = X, design.masks, n_reweightings
        total = iterate.eta.sum()
        self.eta, self.mu = shares(iterate.eta), lam / total
        self.coefficients = root * total * iterate.beta
        self.gates = design.masks.gates_at(slice(None))
        self.weights = iterate.eta * design.adjoint(iterate.beta)
        K_beta = design.forward(self.weights)
        self.gap = relative_gap(
            ridge_primal(y - K_beta, iterate.beta, K_beta, lam),
            ridge_dual(iterate.beta, K_beta, y, lam),
            y,
        )
        self.mkl_gap = iterate.gap

    def predict(self, Z):
        return predict(self.gates, self.weights, Z)


def stopped_fits(design, X, y, root, lam, counts):
    """`StoppedFit` after each number of reweightings, from one run.

    Parameters
    ----------
    design : MaskedDesign
        Of the rows of X (n, d) times ``root``, the roots of the sample weights.
    y : ndarray (n,)
        Times ``root``.
    lam : float
    counts : set of int

    Returns
    -------
    dict of int to StoppedFit
    """
    with one_pool(design.n**3 / 3.0):
        passes = islice(gl_iterates(design, y, lam), max(counts) + 1)
        return {
            k: StoppedFit(iterate, k, design, X, y, root, lam)
            for k, iterate in enumerate(passes)
            if k in counts
        }
