"""adelie's group elastic net, on its implicit matrix of a gated ReLU network.

adelie's loss is 1/n of ours. A path of five penalties was faster than the last penalty alone, and
than paths of ten or twenty.
"""

import adelie as ad
import numpy as np

from fixing_ntk.benchmark.peers.explicit import by_group
from fixing_ntk.benchmark.peers.logistic import zero_one
from fixing_ntk.programs import lambda_max

PACKAGE = "adelie"
FIRST_TOL = 1e-5  # bound on squared changes of the coefficients, and of a working response
LAST_TOL = 1e-20
PATH = 5


def prepare(X, y, masks, loss="squared"):
    """Return ``run(lam, tol)``, which solves by adelie; see `benchmark.peers`.

    ``loss`` is "squared" or "logistic". A run solves a path of `PATH` penalties that ends at lam,
    and returns the weights (d, p) at lam, and None for all masks. ``tol`` is as for `FIRST_TOL`.
    """
    (n, d), p = X.shape, len(masks)
    A = ad.matrix.convex_relu(np.asfortranarray(X), np.asfortranarray(masks.dense()), gated=True)
    top = lambda_max(X, y, masks, loss=loss)
    squared = loss == "squared"
    glm = ad.glm.gaussian(y) if squared else ad.glm.binomial(zero_one(y))
    options = dict(
        groups=d * np.arange(p),
        penalty=np.ones(p),
        intercept=False,
        early_exit=False,  # do not stop at a share of explained deviance
        max_iters=10**9,
        progress_bar=False,
        n_threads=1,
    )

    def run(lam, tol):
        path = np.geomspace(top, lam, PATH + 1)[1:] / n
        outer = {} if squared else dict(irls_tol=tol)
        state = ad.grpnet(A, glm, lmda_path=path, tol=tol, **outer, **options)
        return by_group(state.betas[-1].toarray(), d), None

    return run
