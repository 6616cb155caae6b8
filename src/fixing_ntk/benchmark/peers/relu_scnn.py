"""scnn's augmented Lagrangian for the ReLU program, in double precision; see `peers.scnn`."""

import logging

import lab
import numpy as np
from scnn.metrics import Metrics
from scnn.models import ConvexReLU
from scnn.private.interface import build_optimizer, set_device
from scnn.private.models import AL_MLP, GroupL1Regularizer
from scnn.regularizers import NeuronGL1
from scnn.solvers import AL

from fixing_ntk.relu import certify

__all__ = ["FIRST_TOL", "PACKAGE", "certify", "prepare"]

PACKAGE = "pyscnn"
FIRST_TOL = 1e-6  # scnn's default bound on the squared gradient and on the violation
DELTA = 1000  # scnn's default penalty of violations
NO_METRICS: tuple[list, list, list] = ([], [], [])


def prepare(X, y, masks):
    """Return ``run(lam, tol)``, which solves the ReLU program by scnn; see `benchmark.peers`.

    ``run`` returns weights (d, 2 p), first of the plus signs, then of the minus signs, and the
    index (2, 2 p) of the sign and mask of each column. Its ``tol`` is as for `FIRST_TOL`.
    """
    n, d = X.shape
    set_device("cpu", "float64")
    D, G = lab.all_to_tensor((masks.dense().astype(float), masks.gates), dtype=lab.get_dtype())
    data = tuple(lab.all_to_tensor((X, y[:, None]), dtype=lab.get_dtype()))
    network = ConvexReLU(np.asarray(masks.gates), bias=False)
    pairs = np.divmod(np.arange(2 * len(masks)), len(masks))

    def run(lam, tol):
        regularizer = GroupL1Regularizer(lam / n)
        model = AL_MLP(d, D, G, "einsum", delta=DELTA, regularizer=regularizer, c=1)
        limits = dict(max_primal_iters=10**7, max_dual_iters=10**7)
        solver = AL(network, tol=tol, constraint_tol=tol, **limits)
        optimise = build_optimizer(solver, NeuronGL1(lam / n), Metrics())
        _, model, _ = optimise(
            logging.getLogger("scnn"), model, lambda start: start, data, data, NO_METRICS
        )
        return np.hstack(lab.to_np(model.weights)[:, 0].transpose(0, 2, 1)), np.array(pairs)

    return run
