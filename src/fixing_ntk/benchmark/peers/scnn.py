"""scnn (distribution pyscnn): R-FISTA in double precision. The loss is 1/(2n) ||.||^2.

scnn's public `optimize_model` first sorts the masks and turns arrays into lists. Here the functions
that it calls are called directly, so that only the optimiser is timed.
"""

import logging

import lab
import numpy as np
from scnn.metrics import Metrics
from scnn.models import ConvexGatedReLU
from scnn.private.interface import build_optimizer, set_device
from scnn.private.models import ConvexMLP, GroupL1Regularizer
from scnn.regularizers import NeuronGL1
from scnn.solvers import RFISTA

PACKAGE = "pyscnn"
FIRST_TOL = 1e-6  # scnn's default bound on the squared norm of the least subgradient
NO_METRICS: tuple[list, list, list] = ([], [], [])


def prepare(X, y, masks):
    """Return ``run(lam, tol)``, which solves by R-FISTA of scnn; see `benchmark.peers`.

    ``run`` returns weights (d, p), and None for all masks. Its ``tol`` is as for `FIRST_TOL`.
    """
    n, d = X.shape
    set_device("cpu", "float64")
    D, G = lab.all_to_tensor((masks.dense().astype(float), masks.gates), dtype=lab.get_dtype())
    data = tuple(lab.all_to_tensor((X, y[:, None]), dtype=lab.get_dtype()))
    gated = ConvexGatedReLU(np.asarray(masks.gates), bias=False)

    def run(lam, tol):
        model = ConvexMLP(d, D, G, "einsum", regularizer=GroupL1Regularizer(lam / n), c=1)
        optimise = build_optimizer(RFISTA(gated, 10**7, tol), NeuronGL1(lam / n), Metrics())
        _, model, _ = optimise(
            logging.getLogger("scnn"), model, lambda start: start, data, data, NO_METRICS
        )
        return lab.to_np(model.weights)[0].T, None

    return run
