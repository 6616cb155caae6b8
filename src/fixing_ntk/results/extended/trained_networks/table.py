"""Table `trained_networks`: networks trained by gradients on every dataset."""

import pandas as pd

from fixing_ntk.comparison.trained_networks import (
    CHOICES,
    GATED,
    IN_A_FOLD,
    NETWORKS,
    OF_MKL,
    OWN,
    RELU,
)
from fixing_ntk.drawing.cells import numbers, percent_lists
from fixing_ntk.drawing.tables import Table, failure_notes, gap_note

TRAINED = [f"{network}_{choice}" for network in NETWORKS for choice in CHOICES]
NAMES = {
    f"{GATED}_{OF_MKL}": "gated, MKL's λ",
    f"{GATED}_{OWN}": "gated, own λ",
    f"{RELU}_{OF_MKL}": "ReLU, MKL's λ",
    f"{RELU}_{OWN}": "ReLU, own λ",
}
STATIONARY = 1e-3  # gradient norm over its weight-decay term's, up to which a run has converged


def trained_networks(networks, failed=None):
    """Return the `Table` of trained networks, a row for every dataset.

    Of the random starts of a network, the one of least objective is shown.

    Parameters
    ----------
    networks : pandas.DataFrame
        Rows of `comparison.trained_networks.fit_networks`, of all datasets.
    failed : dict of str to str, optional
        Datasets that failed, each with the reason; the notes name them.
    """
    raw = by_dataset(networks)
    printed = pd.DataFrame({"dataset": raw.dataset, "n": raw.n, "width": raw.width})
    for name, label in {"ntk": "NTK", "mkl": "MKL", **NAMES}.items():
        both = raw[[f"{name}_train", f"{name}_test"]]
        printed[f"{label}: training, test %"] = percent_lists(both)
    for choice, label in ((OF_MKL, "MKL's λ"), (OWN, "own λ")):
        above = raw[f"{GATED}_{choice}_above"]
        printed[f"gated above bound, {label}"] = numbers(above, ".0e")
    for choice, label in ((OF_MKL, "MKL's λ"), (OWN, "own λ")):
        ratio = raw[f"{RELU}_{choice}_ratio_to_optimum"] - 1.0
        printed[f"ReLU over optimum of drawn masks, %, {label}"] = numbers(100 * ratio, "+.2f")
    gradient = raw[[f"{name}_gradient" for name in TRAINED]].max(axis=1)
    printed["largest gradient"] = numbers(gradient, ".0e")
    printed["gap"] = numbers(raw.gap, ".0e")
    return Table.noted(raw, printed, facts(raw, networks, failed), notes)


def by_dataset(networks):
    """Return a frame of one row a dataset, with each network at its start of least objective.

    ``networks`` is as for `trained_networks`. ``width`` is the number of neurons of the widest
    network, and ``gap`` the largest of the convex optima. Accuracies are shares. The names in
    `TRAINED`, a network with a choice of its penalty, begin columns: accuracies ``_train`` and
    ``_test``, and ``_convex_train`` and ``_convex_test`` of the convex program's network;
    ``_lam_ratio``, lam over lambda_max; over ``1/2 ||y||^2`` the ``_objective``, the convex
    ``_optimum``, its certified lower ``_bound``, and ``_above``, the objective less this bound;
    ``_ratio_to_optimum`` of the objective; ``_neurons`` of the convex program's network;
    ``_gradient``, its norm over the norm of its weight-decay term; ``_n_iter`` of training;
    ``_spread``, the largest less the least test accuracy over the starts.
    """
    rows = []
    for _, of_set in networks.groupby("dataset", sort=False):
        first = of_set.iloc[0]
        row = first[["dataset", "n", "d", "p"]].to_dict() | dict(width=of_set.width.max())
        for name in ("ntk", "mkl"):
            row |= {f"{name}_train": first[f"{name}_train"] / first.n}
            row |= {f"{name}_test": first[f"{name}_test"] / first.total}
        for (network, choice), starts in of_set.groupby(["network", "choice"], sort=False):
            best = starts.loc[starts.objective.idxmin()]
            found = dict(
                train=best.network_train / best.n,
                test=best.network_test / best.total,
                convex_train=best.convex_train / best.n,
                convex_test=best.convex_test / best.total,
                lam_ratio=best.ratio,
                objective=best.objective / best.scale,
                optimum=best.optimum / best.scale,
                bound=best.bound / best.scale,
                above=(best.objective - best.bound) / best.scale,
                ratio_to_optimum=best.objective / best.optimum,
                neurons=best.neurons,
                gradient=best.gradient,
                n_iter=best.n_iter,
                spread=(starts.network_test.max() - starts.network_test.min()) / best.total,
            )
            row |= {f"{network}_{choice}_{key}": value for key, value in found.items()}
        rows.append(row | dict(gap=of_set.gap.max()))
    return pd.DataFrame(rows)


def facts(raw, networks, failed=None):
    """Return, as a dict, the numbers on training that notes and documentation state.

    ``raw`` is from `by_dataset`, and ``networks`` as for `trained_networks`. ``failed`` is only
    passed on, as {} for None. ``starts`` is the number of random starts, ``runs`` the number of
    runs of each network, ``max_iter`` the most iterations of a run, and ``masks`` the largest
    number of masks of a ReLU program. ``above`` is the largest certified distance of a gated
    network, at its best start, from its optimum, over ``1/2 ||y||^2``. By choice of the penalty,
    ``below_drawn`` counts the datasets on which the ReLU network is certified to be below the
    optimum on the drawn masks, and ``ratio`` is the median of its objective over this optimum.
    ``as_mkl`` counts the datasets on which the gated network at MKL's penalty has MKL's test
    accuracy. ``stationary`` counts by network the runs with a relative gradient of at most
    `STATIONARY`. ``at_end`` counts by network the datasets whose own penalty is an end of its grid.
    ``spread`` is the ReLU network's ``_spread`` in points, the larger of its two penalties, as a
    mean over datasets. ``least_width`` is the least number of neurons that the widest network of a
    dataset has beyond the convex programs' networks.
    """
    below = {c: raw[f"{RELU}_{c}_objective"] < raw[f"{RELU}_{c}_bound"] for c in CHOICES}
    by_network = networks.groupby("network").gradient
    at_end = networks[networks.at_end].groupby("network").dataset.nunique()
    return dict(
        datasets=len(raw),
        starts=networks.start.nunique(),
        runs=len(networks) // len(NETWORKS),
        max_iter=networks.n_iter.max(),
        masks=int(networks.masks[networks.network == RELU].max()),
        above=max(raw[f"{GATED}_{choice}_above"].max() for choice in CHOICES),
        below_drawn={choice: count.sum() for choice, count in below.items()},
        ratio={choice: raw[f"{RELU}_{choice}_ratio_to_optimum"].median() for choice in CHOICES},
        as_mkl=int((raw[f"{GATED}_{OF_MKL}_test"] == raw.mkl_test).sum()),
        stationary=(by_network.agg(lambda gradient: (gradient <= STATIONARY).sum())).to_dict(),
        largest_gradient=by_network.max().to_dict(),
        at_end={network: at_end.get(network, 0) for network in NETWORKS},
        spread=100 * raw[[f"{RELU}_{choice}_spread" for choice in CHOICES]].max(axis=1).mean(),
        least_width=int(
            (raw.width - raw[[f"{name}_neurons" for name in TRAINED]].max(axis=1)).min()
        ),
        gap=raw.gap.max(),
        failed=failed or {},
    )


def notes(facts):
    """Return the sentences under the table, a list of str, from the dict that `facts` returns."""
    below, ratio = facts["below_drawn"], facts["ratio"]
    stationary, runs = facts["stationary"], facts["runs"]
    return [
        f"Single splits of {facts['datasets']} datasets; n counts training rows. Networks are "
        f"trained by L-BFGS from {facts['starts']} random start(s), and the start of least "
        "objective counts. A network is at least as wide as the one of its convex program.",
        "MKL's λ: the penalty of tuned MKL. Own λ: chosen on the same folds, one start each with "
        f"{IN_A_FOLD} times fewer iterations; these fits carry no certificate. Own λ is at an end "
        f"of its grid on {facts['at_end'][GATED]} datasets for the gated network and on "
        f"{facts['at_end'][RELU]} for the ReLU network.",
        "Gated above bound: objective above the certified lower bound, over ½‖y‖². It is at most "
        f"{facts['above']:.1e}.",
        f"The optimum beside the ReLU network is over at most {facts['masks']:,} drawn masks, an "
        "upper bound of the optimum over all masks. A trained network chooses its masks and may be "
        "below it.",
        "The ReLU network is certified to be below the optimum of the drawn masks on "
        f"{below[OF_MKL]} datasets at MKL's λ and on {below[OWN]} at its own. The median of its "
        f"objective over this optimum is {ratio[OF_MKL]:.3f} and {ratio[OWN]:.3f}. Its distance "
        "from the optimum over all masks is not certified.",
        "Gradient: its norm over the norm of its weight-decay term. It is at most "
        f"{STATIONARY:g} in {stationary[GATED]} of {runs} gated runs and in {stationary[RELU]} of "
        f"{runs} ReLU runs; every run ended after at most {facts['max_iter']} iterations. An "
        "optimal ReLU network may lie at a kink, where the gradient is not zero.",
        f"At MKL's λ the gated network has MKL's test accuracy on {facts['as_mkl']} of "
        f"{facts['datasets']} datasets. Over its starts, the test accuracy of the ReLU network "
        f"varies by {facts['spread']:.2f} points on average.",
        gap_note(facts),
        *failure_notes(facts),
    ]
