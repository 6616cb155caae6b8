"""The paper's figure 1: algorithm 1 on a toy problem in one dimension, beside its optimum."""

from itertools import islice

import numpy as np

from fixing_ntk.masks import MaskSet
from fixing_ntk.programs import MaskedDesign, lambda_max
from fixing_ntk.relu import relu_iterates, solve_relu
from fixing_ntk.results.bounds import shares, whole_numbers
from fixing_ntk.results.claim_kinds import ALGORITHM, FINDING, claim_row
from fixing_ntk.seeds import stream
from fixing_ntk.solvers import gl_iterates, solve

FINER = 1e-3  # gap of the optima over `tol`, since distances are shown down to this gap


def figure_1(tol, seed, conic_backend, *, n=5, ratio=0.1, n_iter=300):
    """Run algorithm 1 from the NTK weights, for the gated and the ReLU network, beside the optima.

    Parameters
    ----------
    tol : float
        Relative gap of a run's fits. The optima here are solved to `FINER`, a thousandth, times it.
    seed : int
    conic_backend : str
        Backend of the conic solver, such as "clarabel".
    n : int
        Samples on [-1, 1], with a bias column; the masks are of all arrangements.
    ratio : float
        ``lam / lambda_max``.
    n_iter : int
        Passes of algorithm 1.

    Returns
    -------
    data : dict of ndarray
        Data ``x, y`` (n,); ``gated`` and ``relu`` (n_iter,), the objectives at every pass, the
        first at the NTK weights; ``gated_optimum`` and ``relu_optimum``, the objectives by the
        conic solver named in ``solver``, with their relative gaps ``gated_gap`` and ``relu_gap``
        over 1/2 ||y||^2; the number of ``arrangements``, which are the masks; ``half_norm``, which
        is 1/2 ||y||^2; ``ratio``.
    rows : list of dict
        As `claim_kinds.claim_row` makes them.
    """
    whole_numbers(2, n=n, n_iter=n_iter)
    shares(ratio=ratio)
    rng = stream(seed, "irls_1d")  # an old name, kept since the published numbers depend on it
    x, y = np.sort(rng.uniform(-1.0, 1.0, n)), rng.standard_normal(n)
    X = np.column_stack([x, np.ones(n)])
    masks = MaskSet.enumerate(X)
    lam, design = ratio * lambda_max(X, y, masks), MaskedDesign(X, masks)
    exact = dict(tol=FINER * tol, method="conic", backend=conic_backend)
    optima = dict(
        gated=solve(X, y, masks, lam, **exact), relu=solve_relu(X, y, masks, lam, **exact)
    )
    passes = dict(gated=gl_iterates(design, y, lam), relu=relu_iterates(design, y, lam))
    objectives = {
        name: np.array([it.objective for it in islice(iterates, n_iter)])
        for name, iterates in passes.items()
    }
    data = dict(
        x=x,
        y=y,
        **objectives,
        **{f"{name}_optimum": optimum.objective for name, optimum in optima.items()},
        **{f"{name}_gap": optimum.gap for name, optimum in optima.items()},
        solver=optima["gated"].method,
        arrangements=len(masks),
        half_norm=0.5 * y @ y,
        ratio=ratio,
    )
    return data, claims(data)


def claims(data):
    """Return claim rows: algorithm 1 descends from the NTK weights, and converges to the optimum.

    ``data`` is the dict of `figure_1`. There are two rows each for the gated and the ReLU network.
    The first value is the largest change of the objective in a pass, over ``1/2 ||y||^2``. The
    change has its sign: it is negative if every pass descends. The second value is the absolute
    distance to the optimum after the last pass, over the optimum.
    """
    rows, size = [], f"{len(data['x'])} samples, {data['arrangements']} arrangements"
    for name, words in (("gated", "gated ReLU"), ("relu", "ReLU")):
        objectives, gap = data[name], data[f"{name}_gap"]
        above = objectives / data[f"{name}_optimum"] - 1.0
        rows += [
            claim_row(
                f"Algorithm 1 for {words} networks descends from the NTK weights",
                ALGORITHM,
                f"figure 1, {size}: largest change in a pass, over 1/2 ||y||^2",
                np.diff(objectives).max() / data["half_norm"],
                1e-13,
            ),
            claim_row(
                f"Algorithm 1 for {words} networks converges to the optimum of the cone program",
                ALGORITHM,
                f"figure 1, {size}: distance to the optimum after {len(above) - 1} passes, "
                "relative",
                abs(above[-1]),
                above[0] / (len(above) - 1),
                gap=gap,
                kind=FINDING,
                reason="the distance at the start over the passes: the rate 1/k",
            ),
        ]
    return rows
