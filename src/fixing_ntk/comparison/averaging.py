"""Average MKL over several draws of the gates on one split; each draw is tuned by itself.

Every gated network is also scored as a point of one common program, the group lasso over the union
of all draws' masks. The penalty of this program is the mean of the penalties that cross-validation
chose for MKL's draws.
"""

import logging
from typing import NamedTuple

import numpy as np

from fixing_ntk.comparison.mkl import fit_mkl
from fixing_ntk.comparison.ntk import fit_ntk_sampled
from fixing_ntk.comparison.records import require_certified
from fixing_ntk.comparison.tuning import count_correct
from fixing_ntk.kernels import KernelRidge, ntk
from fixing_ntk.masks import MaskSet, averaged_weights, predict, union
from fixing_ntk.programs import MaskedDesign, Problem, certify
from fixing_ntk.solvers.early_stopping import early_stops
from fixing_ntk.solvers.interface import solve_paths

log = logging.getLogger(__name__)

# Two methods beside those of `records`: the optimum of the program on the gates of all draws, at
# the mean penalty of the draws, and at the penalty that cross-validation chooses for it.
AT_MEAN, ONE_PROGRAM = "union", "one_program"


class Network(NamedTuple):
    """Gated network of a fit: its masks, its weights, and the fit's record.

    ``active`` (k,) are the positions in ``masks`` of the masks with weights, and ``weights`` (d, k)
    are these weights. ``record`` is the row of `records.COLUMNS` of the tuned fit, or its ``gap``
    alone.
    """

    masks: MaskSet
    active: np.ndarray
    weights: np.ndarray
    record: dict

    def predict(self, X):
        return predict(self.masks.gates_at(self.active), self.weights, X)


class Union:
    """The group lasso over the distinct masks of all draws, at one penalty, and its optimum.

    It is solved on the training rows. ``masks`` is the `MaskSet` of the union, ``positions`` has
    for each draw the positions in it of the draw's masks, and ``optimum`` is the `Solution`.

    Parameters
    ----------
    split : Split
    sets : list of MaskSet
        Masks of the training rows, one set for each draw.
    lam : float
    tol : float
        Relative gap that the optimum must certify.
    **solver
        As for `fit_mkl`.

    Raises
    ------
    UncertifiedFit
        If the gap of the optimum exceeds ``tol``.
    """

    def __init__(self, split, sets, lam, tol, **solver):
        self.split, self.lam = split, lam
        self.masks, self.positions = union(sets)
        X, self.y, *_ = split.train_test()
        problem = Problem.of(X, self.y, self.masks)
        self.design = problem.design
        ((self.optimum,),) = solve_paths(problem, [[lam]], tol, **solver)
        require_certified(split, lam, self.optimum.gap, tol)

    def point(self, networks, draws):
        """Return weights (d, p) of the union's masks whose training outputs are the networks' mean.

        ``networks`` is a list of `Network`. ``draws`` has, for each network, the position in
        ``sets`` of the masks of the network. At other points the outputs may differ from the mean.
        """
        at = [self.positions[b][one.active] for one, b in zip(networks, draws, strict=True)]
        return averaged_weights([one.weights for one in networks], at, len(self.masks))

    def row(self, method, output, weights=None, **labels):
        """Return a row with a method's accuracy, squared errors and objective on the split.

        Parameters
        ----------
        method : str
            Name of the row.
        output : function of ndarray (m, d)
            Decision values of the method at m points. Counts and errors are of these.
        weights : ndarray (d, p), optional
            Weights of the union's masks, for the objective alone; None for a network of infinite
            width, which has none.
        **labels
            Further columns of the row.

        Returns
        -------
        dict
            dataset, split, method. Of the test rows: ``correct``, ``total`` and ``test_error``, the
            mean square of output minus label. Of the training rows: n, ``train_correct`` and
            ``training_error``, the same mean square. Of the union: its number of masks ``p``, its
            penalty ``union_lam``, and ``union_gap``, the relative gap of its optimum. With weights
            also ``objective``, the group lasso objective of the weights at the union's penalty, and
            ``above``, the objective minus the dual value of the union's optimum. These two are
            divided by half the squared norm of the training labels.
        """
        X, y, X_test, y_test = self.split.train_test()
        inside, outside = output(X), output(X_test)
        row = dict(
            dataset=self.split.dataset,
            split=self.split.index,
            method=method,
            correct=int(count_correct(outside, y_test)),
            total=len(y_test),
            test_error=float(np.mean((outside - y_test) ** 2)),
            training_error=float(np.mean((inside - y) ** 2)),
            train_correct=int(count_correct(inside, y)),
            union_lam=self.lam,
            union_gap=self.optimum.gap,
            n=len(y),
            p=len(self.masks),
            **labels,
        )
        if weights is not None:
            half = 0.5 * y @ y
            P = certify(self.design, self.y, self.lam, weights).objective
            row |= dict(objective=P / half, above=(P - self.optimum.dual_objective) / half)
        return row


def fit_averaged(split, gates, records, first, ratios, ntk_ratios, tol, **solver):
    """Fit MKL and the sampled NTK on each of several draws of gates, and average the outputs.

    Parameters
    ----------
    split : Split
    gates : list of ndarray (d, N)
        Gates of each draw. The first draw is the one that ``records`` and ``first`` were fitted on.
    records : dict of str to dict
        Tuned records of the methods ``ntk``, ``mkl`` and ``stopped`` on this split.
    first : (ndarray of int (k,), ndarray (d, k))
        Positions of the active masks of the tuned MKL fit on the first draw, and their weights.
    ratios, ntk_ratios : sequence of float
        Grids of penalties: of MKL in units of `lambda_max`, of the sampled NTK in units of the
        largest eigenvalue of its kernel.
    tol : float
        Relative gap that every fit must certify.
    **solver
        As for `fit_mkl`.

    Returns
    -------
    rows : list of dict
        See `records.COLUMNS`: MKL's fits on every draw but the first (method ``mkl_draw``), the
        sampled NTK's fits on every draw, and the averages ``averaged`` and ``ntk_averaged``. The
        ``gap`` of an average is the largest of its tuned draws. The ``objective`` of an average is
        of the group lasso over the union of the masks, at the mean penalty of its own tuned draws.
    points : list of dict
        Rows of `Union.row` at the mean penalty of MKL's tuned draws: for each draw of MKL and of
        the sampled NTK, their averages, MKL stopped early and the NTK in closed form, and the
        optimum over the union, `AT_MEAN`. Each has also ``gap``, of its own fit, or the largest of
        those averaged. All but the averages have the penalty ``lam`` of their own fit, and those of
        one draw its number ``draw``, from 0.
    """
    X, *_ = split.train_test()
    active, weights = first
    rows, of_mkl, of_ntk = [], [], []
    for b, drawn in enumerate(gates):
        if b == 0:
            of_mkl.append(Network(MaskSet.from_gates(X, drawn), active, weights, records["mkl"]))
        else:
            masks = MaskSet.from_gates(X, drawn)
            fits, tuned = fit_mkl(split, masks, ratios, (), tol, **solver)
            rows += [dict(row, method="mkl_draw", draw=b) for row in fits]
            of_mkl.append(Network(masks, tuned.active, tuned.active_weights, fits[-1]))
        fits, masks, of_all = fit_ntk_sampled(split, drawn, ntk_ratios, tol)
        rows += [dict(row, draw=b) for row in fits]
        of_ntk.append(Network(masks, np.arange(len(masks)), of_all, fits[-1]))

    lam = float(np.mean([one.record["lam"] for one in of_mkl]))
    every = Union(split, [one.masks for one in of_mkl], lam, tol, **solver)
    draws, points = range(len(gates)), []
    for method, average, networks in (
        ("mkl", "averaged", of_mkl),
        ("ntk_sampled", "ntk_averaged", of_ntk),
    ):
        for b, one in enumerate(networks):
            points.append(_described(every, method, one, b))
        mean = every.point(networks, draws)
        points.append(every.row(average, mean_output(networks), mean, gap=_largest_gap(networks)))
        rows.append(_average_record(average, networks, points[-1], every, mean))
    points.append(_described(every, "stopped", _stopped(split, of_mkl[0], records["stopped"]), 0))
    points.append(_ntk_row(every, records["ntk"]))
    optimum = Network(
        every.masks, every.optimum.active, every.optimum.active_weights, dict(gap=every.optimum.gap)
    )
    weights = every.optimum.weights
    points.append(every.row(AT_MEAN, optimum.predict, weights, gap=every.optimum.gap, lam=lam))
    log.info(
        "%s split %d: %d masks, mean lam %g", split.dataset, split.index, len(every.masks), lam
    )
    return rows, points


def mean_output(networks):
    """Return the function of points (m, d) that gives the mean of the networks' outputs, (m,)."""
    return lambda X: np.mean([one.predict(X) for one in networks], axis=0)


def _described(every, method, network, draw):
    """Return the row of `Union.row` of one network, whose masks are those of ``draw``.

    ``every`` is the `Union`, ``method`` the name of the row, and ``draw`` the number of the
    network's draw. The row has also ``draw``, and ``gap`` and ``lam`` of the network's own fit.
    """
    weights = every.point([network], [draw])
    labels = dict(draw=draw, gap=network.record["gap"], lam=network.record["lam"])
    return every.row(method, network.predict, weights, **labels)


def _average_record(method, networks, point, every, weights):
    """Return the row of `records.COLUMNS` of the mean of networks, which solves no program.

    ``point`` is the row of `Union.row` of this mean, ``every`` the `Union`, and ``weights`` (d, p)
    the mean's weights of the union's masks. ``ratio`` and ``lam`` are means over the networks,
    ``gap`` is the largest of theirs, and ``at_end`` says whether it is true of any. ``objective``
    is the group lasso objective of the weights at ``lam``.
    """
    members = [one.record for one in networks]
    _, y, *_ = every.split.train_test()
    lam = float(np.mean([one["lam"] for one in members]))
    return dict(
        dataset=point["dataset"],
        split=point["split"],
        method=method,
        stage="tuned",
        ratio=float(np.mean([one["ratio"] for one in members])),
        lam=lam,
        n=len(y),
        d=every.design.d,
        p=len(every.masks),
        correct=point["correct"],
        total=point["total"],
        train_correct=point["train_correct"],
        objective=certify(every.design, y, lam, weights).objective,
        gap=point["gap"],
        n_active=int(np.count_nonzero(np.any(weights, axis=0))),
        at_end=any(one["at_end"] for one in members),
        solver=members[0]["solver"],
    )


def _largest_gap(networks):
    return max(one.record["gap"] for one in networks)


def _stopped(split, mkl, record):
    """Return the `Network` of tuned MKL with early stopping, refitted as its ``record`` says.

    ``record`` has the penalty and the number of reweightings. ``mkl`` is the network of tuned MKL
    on the same masks. It is returned if the record has no ``reweightings``: then cross-validation
    chose not to stop early.
    """
    if "reweightings" not in record:
        return mkl
    X, y, *_ = split.train_test()
    count = record["reweightings"]
    stop = early_stops(MaskedDesign(X, mkl.masks), y, record["lam"], [count])[count]
    return Network(mkl.masks, np.arange(len(mkl.masks)), stop.weights, record)


def _ntk_row(every, record):
    """Return the row of `Union.row` of the NTK in closed form, which has no weights of masks.

    ``every`` is the `Union`, and ``record`` the tuned record of the NTK.
    """
    X, y, *_ = every.split.train_test()
    beta = KernelRidge(ntk(X), y).coefficients(record["lam"])[:, 0]
    return every.row("ntk", lambda Z: ntk(Z, X) @ beta, gap=record["gap"], lam=record["lam"])


def fit_one_program(split, gates, lam, ratios, tol, **solver):
    """Fit MKL to the gates of all draws together; cross-validation chooses its penalty.

    Parameters
    ----------
    split : Split
    gates : list of ndarray (d, N)
        Gates of each draw.
    lam : float
        Penalty at which the objective of the fit is compared with the points of `fit_averaged`: the
        mean penalty of MKL's draws.
    ratios, tol, **solver
        As for `fit_mkl`.

    Returns
    -------
    rows : list of dict
        See `records.COLUMNS`; the method is ``one_program``.
    points : list of dict
        The row of `Union.row` of the tuned fit, alone in a list.
    """
    X, *_ = split.train_test()
    every = Union(split, [MaskSet.from_gates(X, drawn) for drawn in gates], lam, tol, **solver)
    rows, tuned = fit_mkl(split, every.masks, ratios, (), tol, **solver)
    rows = [dict(row, method=ONE_PROGRAM) for row in rows]
    network = Network(every.masks, tuned.active, tuned.active_weights, rows[-1])
    labels = dict(gap=tuned.gap, lam=tuned.lam)
    return rows, [every.row(ONE_PROGRAM, network.predict, tuned.weights, **labels)]
