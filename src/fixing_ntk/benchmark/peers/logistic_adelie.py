"""adelie's group elastic net with its binomial loss, 1/n of ours, on its own gated ReLU matrix."""

import adelie as ad
import numpy as np

from fixing_ntk.benchmark.peers.explicit import by_group
from fixing_ntk.benchmark.peers.logistic import certify, zero_one
from fixing_ntk.programs import lambda_max

__all__ = ["FIRST_TOL", "LAST_TOL", "PACKAGE", "certify", "prepare"]

PACKAGE = "adelie"
FIRST_TOL = 1e-5  # on squared changes of the coefficients, and of its working response
LAST_TOL = 1e-20
PATH = 5


def prepare(X, y, masks):
    (n, d), p = X.shape, len(masks)
    A = ad.matrix.convex_relu(np.asfortranarray(X), np.asfortranarray(masks.dense()), gated=True)
    top, loss = lambda_max(X, y, masks, loss="logistic"), ad.glm.binomial(zero_one(y))
    options = dict(
        groups=d * np.arange(p),
        penalty=np.ones(p),
        intercept=False,
        early_exit=False,  # on a share of explained deviance
        max_iters=10**9,
        progress_bar=False,
        n_threads=1,
    )

    def run(lam, tol):
        path = np.geomspace(top, lam, PATH + 1)[1:] / n
        state = ad.grpnet(A, loss, lmda_path=path, tol=tol, irls_tol=tol, **options)
        return by_group(state.betas[-1].toarray(), d), None

    return run
