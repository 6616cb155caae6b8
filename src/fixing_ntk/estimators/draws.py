"""Several draws of the gates: a model for each, and their average as one network."""

from numbers import Integral

import numpy as np
from sklearn.base import clone
from sklearn.utils import check_random_state

from fixing_ntk.estimators.base import with_data
from fixing_ntk.masks import averaged_weights, union
from fixing_ntk.masks.samples import scale_rows
from fixing_ntk.programs import Intercept, MaskedDesign, certify, eta_from_weights
from fixing_ntk.seeds import integer


class AverageFit:
    """Mean of one output's fits on several draws of the gates, each a `KernelFit`.

    ``gap`` and ``n_iter`` are the largest of the draws. ``average_gap`` is the relative gap of the
    mean as a point of the group lasso over ``masks``, the union of the draws' masks, at ``lam``,
    the mean of the draws' penalties. ``eta`` (p,) are over the union, in proportion to the norms of
    the averaged weights. If these are all zero, they are the mean of the draws' kernel weights.
    `predict` leaves ``intercept``, the mean of the draws', out.
    """

    def __init__(self, fits):
        self.fits, first = fits, fits[0]
        self.masks, positions = union([fit.masks for fit in fits])
        at = [of_fit[fit.index] for fit, of_fit in zip(fits, positions, strict=True)]
        weights = averaged_weights([fit.weights for fit in fits], at, len(self.masks))
        column = first.root if isinstance(first.loss, Intercept) else None
        design = MaskedDesign(scale_rows(first.root, first.X), self.masks, column)
        self.X, self.eta = first.X, eta_from_weights(weights)
        if not self.eta.any():  # all weights are zero: average the kernel weights of the draws
            self.eta = averaged_weights(
                [fit.eta[None] for fit in fits], positions, len(self.masks)
            )[0]
        self.lam = float(np.mean([fit.lam for fit in fits]))
        self.average_gap = certify(design, first.loss.y, self.lam, weights, loss=first.loss).gap
        self.gap = max(fit.gap for fit in fits)
        self.intercept = float(np.mean([fit.intercept for fit in fits]))
        self.n_iter = max(fit.n_iter for fit in fits)

    def predict(self, Z):
        return np.mean([fit.predict(Z) for fit in self.fits], axis=0)


def one_draw_each(model):
    """Return ``n_draws`` copies of a model, each with a single draw of gates of its own.

    Parameters
    ----------
    model : MKLModel

    Returns
    -------
    list of MKLModel
        Models that are not yet fitted, with what ``model`` knows of its data (`with_data`). They
        differ in ``random_state``. The first has the state of ``model``, the others have seeds
        derived from this state. A RandomState, or for None numpy's global one, advances by one
        number.
    """
    seed = model.random_state
    if not isinstance(seed, Integral):
        seed = check_random_state(seed).randint(2**31)
    seeds = [integer(int(seed), "draw", b) for b in range(1, model.n_draws)]
    return [
        with_data(clone(model).set_params(n_draws=1, random_state=one, n_jobs=None), model)
        for one in (model.random_state, *seeds)
    ]
