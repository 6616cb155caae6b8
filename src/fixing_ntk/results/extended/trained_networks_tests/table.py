"""Table `trained_networks_tests`: trained networks against NTK and MKL over the datasets."""

import pandas as pd

from fixing_ntk.comparison.statistics import LARGE, compare, holm
from fixing_ntk.drawing.cells import number, numbers, pair_columns
from fixing_ntk.drawing.tables import Table, gap_note
from fixing_ntk.results.extended.trained_networks.table import NAMES

AGAINST = {"ntk": "NTK", "mkl": "MKL"}


def trained_networks_tests(networks):
    """Return the `Table` of tests of trained networks against the NTK and MKL.

    There is a row for each network with each of the two.

    Parameters
    ----------
    networks : pandas.DataFrame
        Rows of the table `trained_networks`.
    """
    rows = []
    for name in NAMES:
        for against in AGAINST:
            ours, theirs = networks[f"{name}_test"], networks[f"{against}_test"]
            train = networks[f"{name}_train"] - networks[f"{against}_train"]
            rows.append(
                dict(network=name, against=against, accuracy=100 * ours.mean())
                | compare(ours, theirs, networks.n)
                | dict(train=100 * train.mean())
            )
    raw = pd.DataFrame(rows)
    raw["wilcoxon_holm"], raw["gap"] = holm(raw.wilcoxon), networks.gap.max()
    printed = pd.DataFrame(
        {
            "network": raw.network.map(NAMES),
            "against": raw.against.map(AGAINST),
            "mean test %": numbers(raw.accuracy, ".2f"),
            **pair_columns(rows),
            "Wilcoxon p, Holm": numbers(raw.wilcoxon_holm, ".2g"),
            "training, mean difference": numbers(raw.train, "+.2f"),
        }
    )
    return Table.noted(raw, printed, facts(raw, networks), notes)


def facts(raw, networks):
    """Return, as a dict, the numbers that notes and documentation state.

    ``raw`` has the rows of the CSV file, and ``networks`` is as for `trained_networks_tests`.
    ``large`` counts the datasets of at least `LARGE` training rows. ``against`` has, by network and
    by method, NTK or MKL: the `statistics.compare` of test accuracies; ``accuracy``, the network's
    mean in per cent; ``train``, the mean difference of training accuracies in points; and
    ``wilcoxon_holm``, the adjusted Wilcoxon p-value, of which ``least_holm`` is the least.
    """
    return dict(
        datasets=len(networks),
        large=(networks.n >= LARGE).sum(),
        least_holm=raw.wilcoxon_holm.min(),
        against={
            name: of_name.set_index("against").drop(columns=["network", "gap"]).to_dict("index")
            for name, of_name in raw.groupby("network", sort=False)
        },
        gap=raw.gap.max(),
    )


def notes(facts):
    """Return the sentences under the table, a list of str, from the dict that `facts` returns."""
    return [
        f"Test accuracy on {facts['datasets']} datasets, one split each; {facts['large']} of them "
        f"have {LARGE} training rows or more. Differences are points of the trained network above "
        "the method it is compared with; training: the same on the training rows.",
        "Wilcoxon signed-rank and sign tests over datasets are two-sided. Holm adjusts the "
        "Wilcoxon p-values for the number of rows of this table; the least adjusted value is "
        f"{number(facts['least_holm'], '.2g')}.",
        gap_note(facts),
    ]
