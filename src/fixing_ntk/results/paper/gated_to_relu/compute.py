"""Convert gated optima to ReLU networks, and compare them with the ReLU program's optima.

The gated and the ReLU program have the same sampled masks and the same penalty. More masks would
lower both optima.
"""

from typing import NamedTuple

import numpy as np

from fixing_ntk.comparison.records import require_certified
from fixing_ntk.masks import MaskSet
from fixing_ntk.programs import group_norms, lambda_max
from fixing_ntk.relu import network_output, solve_relu, to_network, to_relu
from fixing_ntk.results.bounds import not_negative, shares, whole_numbers
from fixing_ntk.results.claim_kinds import ALGORITHM, GATED, claim_row
from fixing_ntk.results.student_teacher import student_teacher, train_and_test
from fixing_ntk.seeds import stream
from fixing_ntk.solvers import solve


class Outcome(NamedTuple):
    """Result on one problem; arrays (3,) have gated optimum, ReLU optimum, converted network.

    ``lam`` is the penalty of all three. ``objectives``, their certified lower ``bounds`` and their
    ``gaps``, objective less bound, are over ``1/2 ||y||^2``. The bound of the converted network is
    on the ReLU optimum. ``test_errors`` are squared errors on the test points over those of the
    zero function. ``growth`` is the sum of norms of the converted weights over the sum of norms of
    the gated weights. ``difference`` is the distance of converted and gated training predictions,
    over the norm of the gated ones. ``violation`` is the largest violation of a cone constraint by
    the converted weights, over the largest absolute entry of ``X w`` for any of these weights w.
    ``n_over_d`` is the number of training rows over the number of features, the bias included.
    """

    lam: float
    objectives: np.ndarray
    bounds: np.ndarray
    gaps: np.ndarray
    test_errors: np.ndarray
    growth: float
    difference: float
    violation: float
    n_over_d: float


def gated_to_relu(
    tol,
    seed,
    problems=(),
    *,
    n_masks=100,
    ratio=0.1,
    n=200,
    n_test=1000,
    d=10,
    neurons=5,
    noise=0.1,
    dimensions=(3, 6, 12),
    per_dimension=(2, 4, 8, 16, 32, 64),
    n_seeds=5,
):
    """Convert gated networks on a teacher's data and on datasets, and measure the cost.

    The cost is the objective above the ReLU optimum, the test error, and the growth of the sum of
    weight norms. On further teachers the growth is measured by features and samples.

    Parameters
    ----------
    tol : float
        Relative gap of the gated and of the ReLU optimum.
    seed : int
    problems : sequence of (Split, MaskSet)
        Datasets beside the teacher's data: a split of each, and the masks of its training rows.
    n_masks : int
        Maximum number of masks, the first of each dataset's; as many gates are drawn for a teacher.
    ratio : float
        ``lam / lambda_max``.
    n : int
        Samples of the teacher network's data.
    n_test : int
        Test points of the teacher's data.
    d : int
        Features of the teacher's data, the bias included.
    neurons : int
        Neurons of every teacher.
    noise : float
        Standard deviation of the noise on the targets.
    dimensions : sequence of int
        Numbers of features at which the growth of the norms is measured.
    per_dimension : sequence of int
        Ratios of samples to features at which the growth of the norms is measured.
    n_seeds : int
        Teachers for each number of features and of samples.

    Returns
    -------
    data : dict of ndarray
        ``names`` (k,) of the problems, the teacher first; each field of `Outcome`, (k,) or (k, 3);
        ``dimensions`` (a,) and ``per_dimension`` (b,), increasing; ``teacher_growth`` (a, b,
        n_seeds), the growth on further teachers; ``n_masks`` and ``ratio``; ``gap``, the largest
        relative gap of the k gated and the k ReLU optima.
    rows : list of dict
        As `claim_kinds.claim_row` makes them.

    Raises
    ------
    UncertifiedFit
        If the gap of an optimum on a dataset is above tol.
    ValueError
        If an argument is out of bounds, or there are more than three ``dimensions``.
    """
    whole_numbers(1, n_masks=n_masks, n_test=n_test, neurons=neurons, n_seeds=n_seeds)
    whole_numbers(1, per_dimension=per_dimension)
    whole_numbers(2, n=n, d=d, dimensions=dimensions)
    not_negative(noise=noise)
    if len(dimensions) > 3:
        raise ValueError(f"dimensions must be three at most: so many are drawn, got {dimensions!r}")
    shares(ratio=ratio)
    dimensions, per_dimension = sorted(dimensions), sorted(per_dimension)
    purpose = seed, "gated_to_relu"
    X, y, Z, z = train_and_test(n, n_test, d, neurons, noise, stream(*purpose, "data"))
    masks = MaskSet.sample(X, n_masks, stream(*purpose, "gates"))
    outcomes = {"teacher": compare(X, y, Z, z, masks, ratio, tol)}
    for split, drawn in problems:
        masks = drawn.subset(np.arange(min(n_masks, len(drawn))))
        X, y, Z, z = split.train_test()
        outcome = compare(X, y, Z, z, masks, ratio, tol)
        require_certified(split, outcome.lam, outcome.gaps[:2].max(), tol)
        outcomes[split.dataset] = outcome
    growth = [
        teacher_growth(a, a * b, neurons, noise, n_masks, ratio, tol, stream(*purpose, a, b, k))
        for a in dimensions
        for b in per_dimension
        for k in range(n_seeds)
    ]
    data = gathered(outcomes, n_masks, ratio) | dict(
        dimensions=np.array(dimensions),
        per_dimension=np.array(per_dimension),
        teacher_growth=np.reshape(growth, (len(dimensions), len(per_dimension), n_seeds)),
    )
    return data, claims(data, ", ".join(data["names"]))


def compare(X, y, Z, z, masks, ratio, tol):
    """Solve the gated and the ReLU program, convert the gated optimum, and return the `Outcome`.

    The programs have the training data X (n, d), y (n,), the same masks, and the penalty ``ratio``
    times lambda_max. Z (m, d) and z (m,) are test points and their targets. ``tol`` is the relative
    gap to solve to, which is not checked here.
    """
    lam, half = ratio * lambda_max(X, y, masks), 0.5 * y @ y
    gated = solve(X, y, masks, lam, tol)
    relu = solve_relu(X, y, masks, lam, tol)
    converted = to_relu(gated, X, masks)
    fitted = masks.predict(gated.weights, X)
    tests = masks.predict(gated.weights, Z), output(relu, Z), output(converted, Z)
    difference = np.linalg.norm(output(converted, X) - fitted) / np.linalg.norm(fitted)
    three = gated, relu, converted
    return Outcome(
        lam=lam,
        objectives=np.array([solution.objective for solution in three]) / half,
        bounds=np.array([solution.dual_objective for solution in three]) / half,
        gaps=np.array([solution.gap for solution in three]),
        test_errors=np.sum((np.array(tests) - z) ** 2, axis=1) / (z @ z),
        growth=norms_grow(gated, converted),
        difference=float(difference),
        violation=converted.violation,
        n_over_d=len(X) / X.shape[1],
    )


def gathered(outcomes, n_masks, ratio):
    """Return a dict of arrays: each field of `Outcome` for k problems, and the problems' ``names``.

    ``outcomes`` maps names to `Outcome`. The dict also has ``n_masks``, ``ratio``, and ``gap``, the
    largest relative gap of the gated and the ReLU optima.
    """
    columns = {
        name: np.array([getattr(outcome, name) for outcome in outcomes.values()])
        for name in Outcome._fields
    }
    gap = columns["gaps"][:, :2].max()
    return dict(names=np.array([*outcomes]), **columns, n_masks=n_masks, ratio=ratio, gap=gap)


def output(solution, Z):
    """Return the output (m,) at points Z (m, d) of the network made from a `ReLUSolution`."""
    first, second = to_network(solution)
    return network_output(first, second, Z)


def norms_grow(gated, converted):
    """Return the sum of norms of the converted weights over the sum of norms of the gated weights.

    ``gated`` is the `Solution` of the gated program, ``converted`` the `ReLUSolution` made from it.
    """
    return np.linalg.norm(converted.weights, axis=1).sum() / group_norms(gated.weights).sum()


def teacher_growth(d, n, neurons, noise, n_masks, ratio, tol, rng):
    """Return `norms_grow` for a gated network that is fitted to a teacher's data and converted.

    The data are n samples of `student_teacher`. ``n_masks`` gates are drawn, and the penalty is
    ``ratio`` times lambda_max.
    """
    X, y = student_teacher(n, d, neurons, noise, rng)
    masks = MaskSet.sample(X, n_masks, rng)
    gated = solve(X, y, masks, ratio * lambda_max(X, y, masks), tol)
    return norms_grow(gated, to_relu(gated, X, masks))


def claims(data, problems):
    """Return claim rows: the order of the three objectives, and that the conversion is exact.

    The gated optimum is not above the ReLU optimum, and this is not above the converted network's
    objective. A further row says that the dual value of the converted network is a lower bound on
    the ReLU optimum. Exact means that training predictions stay the same, and that weights lie in
    their cones. ``data`` is the dict of `gathered`, and ``problems`` is a text that names the
    problems.
    """
    gap, (_, relu, converted) = data["gap"], data["objectives"].T
    above = 100.0 * (converted / relu - 1.0)
    return [
        claim_row(
            "Gated networks relax ReLU networks: on the same masks their optimum is not above",
            GATED,
            f"gated lower bound above the ReLU objective, over 1/2 ||y||^2, largest of {problems}",
            np.max(data["bounds"][:, 0] - relu),
            0.0,
            gap,
        ),
        claim_row(
            "A gated network converted to a ReLU network is not below the ReLU optimum",
            ALGORITHM,
            "ReLU lower bound above the converted objective, over 1/2 ||y||^2, largest of "
            f"{problems}; this objective is {above.min():.3g} to {above.max():.3g} % above optimum",
            np.max(data["bounds"][:, 1] - converted),
            0.0,
            gap,
        ),
        claim_row(
            "The converted network's own dual bounds the ReLU optimum from below",
            ALGORITHM,
            f"its bound above the ReLU objective, over 1/2 ||y||^2, largest of {problems}",
            np.max(data["bounds"][:, 2] - relu),
            0.0,
            gap,
        ),
        claim_row(
            "The converted network predicts on the samples what the gated one does",
            ALGORITHM,
            f"difference of training predictions, relative, largest of {problems}",
            np.max(data["difference"]),
            1e-10,
            gap,
        ),
        claim_row(
            "The converted network's weights lie in the cones of their masks",
            ALGORITHM,
            f"violation over the largest entry of X w, largest of {problems}; sums of norms grow "
            f"{data['growth'].min():.3g} to {data['growth'].max():.3g} times",
            np.max(data["violation"]),
            1e-12,
            gap,
        ),
    ]
