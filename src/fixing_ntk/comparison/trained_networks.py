"""Train networks by gradients on one split, and compare them with their convex programs' optima.

The gated network has one neuron for each drawn mask, with that mask's gate. The global optimum of
its non-convex training objective is the optimum of the gated program on the drawn masks, so the
program's dual value bounds every trained objective from below. A ReLU network chooses its masks
itself. The optimum of the ReLU program on the drawn masks is an upper bound on the optimum over all
masks, so a trained network may be below it.
"""

import logging
from typing import Any, NamedTuple

import numpy as np

from fixing_ntk.comparison.records import require_certified
from fixing_ntk.comparison.tuning import best_ratio, count_correct, is_end, require_scale, tune
from fixing_ntk.masks import MaskSet
from fixing_ntk.masks.gated_network import predict
from fixing_ntk.programs import lambda_max
from fixing_ntk.relu import network_output, solve_relu, to_network, train
from fixing_ntk.seeds import stream
from fixing_ntk.solvers import solve

log = logging.getLogger(__name__)
NETWORKS = GATED, RELU = "gated", "relu"
IN_A_FOLD = 5  # iterations are divided by it in a fold: predictions settle before the objective
CHOICES = OF_MKL, OWN = "mkl", "own"  # the penalty of tuned MKL, or the network's cross-validated


class Optimum(NamedTuple):
    """Optimum of a network's convex program, and the network that attains it.

    ``solution`` is a `Solution` or `ReLUSolution`. ``output`` is the network's function of points
    (m, d), with values (m,). ``neurons`` is its number of neurons, and ``masks`` the number of
    masks of the program.
    """

    solution: Any
    output: Any
    neurons: int
    masks: int


def fit_networks(split, masks, records, tol, seed, ratios, starts, max_iter, relu_masks):
    """Train the gated and the ReLU network at two penalties from several starts.

    The penalties are the one that cross-validation chose for MKL, and the one that it chooses for
    the trained network itself (`CHOICES`).

    Parameters
    ----------
    split : Split
    masks : MaskSet
        Masks of the training rows, as `Split.train_test` prepares them.
    records : list of dict
        Records of `fit_ntk` and `fit_mkl` on the split.
    tol : float
        Relative gap of the convex programs.
    seed : int
    ratios : sequence of float
        Penalties over `lambda_max` of the gated program, largest first, among which the folds
        choose. The same ratio gives the ReLU network the same penalty.
    starts : int
        Random starts at each of the two penalties. In a fold there is one.
    max_iter : int
        Maximum number of L-BFGS iterations; in a fold it is divided by `IN_A_FOLD`.
    relu_masks : int
        Maximum number of masks of the ReLU program, which has the first of ``masks``.

    Returns
    -------
    list of dict
        One row for each network, choice of the penalty, and start. ``objective`` is the training
        objective of the trained network, of ``width`` neurons. ``optimum``, ``bound`` (the dual
        value) and ``gap`` are of its convex program on ``masks`` masks, whose network has
        ``neurons``. ``scale`` is ``1/2 ||y||^2``. Counts of rows classified correctly end in
        ``_train`` and ``_test``, and start with ``ntk``, ``mkl``, ``network`` (trained) or
        ``convex`` (of the convex program). ``network`` is one of `NETWORKS`, ``choice`` one of
        `CHOICES`, and ``start`` the number of the start, from 0. ``gradient`` and ``n_iter`` are as
        in `Trained`. ``at_end`` is False for the penalty of MKL. The other columns are as in
        `records.COLUMNS`.

    Raises
    ------
    UncertifiedFit
        If the gap of a convex program exceeds ``tol``. Trained networks have no certificate.
    """
    X, y, _, y_test = split.train_test()
    lam_max = lambda_max(X, y, masks)
    require_scale(split, lam_max)
    tuned = {row["method"]: row for row in records if row["stage"] == "tuned"}
    common = dict(dataset=split.dataset, n=len(y), d=X.shape[1], p=len(masks), total=len(y_test))
    common |= dict(scale=0.5 * y @ y)
    for name in ("ntk", "mkl"):
        common |= {f"{name}_train": tuned[name]["train_correct"]}
        common |= {f"{name}_test": tuned[name]["correct"]}
    rows = []
    for network in NETWORKS:
        own = _choose(split, masks.gates, network, ratios, seed, max_iter)
        for choice, ratio in ((OF_MKL, tuned["mkl"]["ratio"]), (OWN, own)):
            lam = ratio * lam_max
            optimum = _optimum(network, X, y, masks, lam, tol, relu_masks)
            require_certified(split, lam, optimum.solution.gap, tol)
            width = max(len(masks), optimum.neurons)
            labels = dict(network=network, choice=choice, ratio=ratio, lam=lam)
            labels["at_end"] = choice == OWN and is_end(ratio, ratios)
            log.info("%s, %s network at ratio %g", split.dataset, network, ratio)
            for start in range(starts):
                rng = stream(seed, "networks", split.dataset, network, start)
                trained, output = _train(network, X, y, masks.gates, lam, width, rng, max_iter)
                rows.append(
                    common
                    | labels
                    | dict(start=start, width=len(trained.second), objective=trained.objective)
                    | dict(gradient=trained.gradient, n_iter=trained.n_iter)
                    | _right("network", output, split)
                    | dict(optimum=optimum.solution.objective, gap=optimum.solution.gap)
                    | dict(bound=optimum.solution.dual_objective, neurons=optimum.neurons)
                    | dict(masks=optimum.masks)
                    | _right("convex", optimum.output, split)
                )
    return rows


def _choose(split, gates, network, ratios, seed, max_iter):
    """Return the ratio to `lambda_max` at which a network, trained in folds, is most accurate.

    The accuracy is on the held-out rows, after one start in each fold. Ties go to the first ratio.
    ``network`` is "gated" or "relu", and ``gates`` are (d, p). Other arguments are as for
    `fit_networks`.
    """

    def fit(X, y, X_out, y_out, ratios):
        masks = MaskSet.from_gates(X, gates)
        lam_max = lambda_max(X, y, masks)
        require_scale(split, lam_max)
        rows = []
        for ratio in ratios:
            rng = stream(seed, "networks", split.dataset, network, "fold")
            of = X, y, masks.gates, ratio * lam_max, len(masks), rng, max(1, max_iter // IN_A_FOLD)
            _, output = _train(network, *of)
            rows.append(dict(ratio=ratio, correct=int(count_correct(output(X_out), y_out))))
        return rows

    return best_ratio(tune(split, fit, ratios))


def _train(network, X, y, gates, lam, width, rng, max_iter):
    """Train a network from one start; return it as `Trained`, and its output as a function.

    The function takes points (m, d) to values (m,). ``network`` is "gated" or "relu". A ReLU
    network has ``width`` neurons and does not use ``gates``. A gated one has a neuron for each of
    the ``gates`` (d, p) and does not use ``width``. ``rng`` draws the start.
    """
    if network == RELU:
        trained = train(X, y, lam, width, rng, max_iter=max_iter)
        return trained, lambda Z: network_output(trained.first, trained.second, Z)
    trained = train(X, y, lam, None, rng, gates=gates, max_iter=max_iter)
    return trained, lambda Z: predict(gates, trained.first * trained.second, Z)


def _optimum(network, X, y, masks, lam, tol, relu_masks):
    """Solve a network's convex program, for ReLU on the first ``relu_masks`` masks only.

    ``network`` is "gated" or "relu". Return an `Optimum`. ``tol`` is the relative gap to solve to;
    whether its ``solution`` has reached it is for the caller to check.
    """
    if network == RELU:
        some = masks.subset(np.arange(min(relu_masks, len(masks))))
        solution = solve_relu(X, y, some, lam, tol)
        first, second = to_network(solution)
        return Optimum(solution, lambda Z: network_output(first, second, Z), len(second), len(some))
    solution = solve(X, y, masks, lam, tol)
    active = solution.n_active
    return Optimum(solution, lambda Z: masks.predict(solution.weights, Z), active, len(masks))


def _right(name, output, split):
    """Count the training and test rows that an output classifies correctly, as a dict.

    ``output`` is a function of points (m, d). The keys are ``NAME_train`` and ``NAME_test``, with
    NAME the argument ``name``.
    """
    X, y, X_test, y_test = split.train_test()
    return {
        f"{name}_train": int(count_correct(output(X), y)),
        f"{name}_test": int(count_correct(output(X_test), y_test)),
    }
