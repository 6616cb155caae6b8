"""Score all masks at a dual point, except those that safe screening has discarded."""

import numpy as np

from fixing_ntk.programs import feasible_scale

SLACK = 1e-3  # margin for the error of scores in float32


class Scorer:
    """The scores ``||X^T D_i a||`` of all masks, except those that safe screening has discarded.

    Gap Safe screening (Ndiaye, Fercoq, Gramfort, Salmon, JMLR 18, 2017): the dual optimum lies
    within ``sqrt(2 (P - D(a)))`` of a feasible a. So a mask whose score cannot reach lam in that
    ball has zero weight in every solution, and no later step needs its score.

    Parameters
    ----------
    design : MaskedDesign
        In float64.
    exact : bool
        Whether every score is in float64, or only those that may bound the gap.
    """

    def __init__(self, design, exact):
        self.design, self.score = design, design.scores if exact else design.screened_scores
        self.alive = None  # masks not discarded; None for all

    def __call__(self, a, index, exact):
        """Return scores (p,) at a (n,); 0 for discarded masks.

        ``exact`` (k,) are the scores of the masks in ``index``, already known to the caller.
        """
        if self.alive is None:
            scores = self.score(a)
        else:
            scores = np.zeros(self.design.p)
            scores[self.alive] = self.score(a, self.alive)
        scores[index] = exact
        return scores

    def screen(self, scores, gap, y, lam):
        """Discard masks that are proved to have zero weight in every solution.

        ``scores`` (p,) are ``||X^T D_i a|| / lam`` of a dual point a (n,). ``gap`` is the relative
        gap that a proves once it is scaled to be feasible.
        """
        radius = np.sqrt(gap * (y @ y))  # P - D = gap * 1/2 ||y||^2
        reach = self.design.norm * radius / lam
        if reach < 1.0:
            scale = feasible_scale(scores.max(), 1.0)
            alive = np.flatnonzero(scale * scores + reach >= 1.0 - SLACK)
            self.alive = alive if self.alive is None else np.intersect1d(self.alive, alive)
