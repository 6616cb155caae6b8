"""Table `trained_networks_tests`: trained networks against NTK and MKL over the datasets."""

import pandas as pd

from fixing_ntk.comparison.statistics import holm, paired_tests, wins_ties_losses
from fixing_ntk.drawing.cells import number, tally
from fixing_ntk.drawing.tables import Table, gap_note
from fixing_ntk.results.extended.trained_networks.table import NAMES

LARGE = 50  # rows, training and test, from which a dataset is not a toy
AGAINST = {"ntk": "NTK", "mkl": "MKL"}


def trained_networks_tests(networks):
    """Make the table: a row for every network and method that it is compared with.

    Parameters
    ----------
    networks : pandas.DataFrame
        Rows of the table `trained_networks`.
    """
    large, rows = networks.rows >= LARGE, []
    for name in NAMES:
        for against in AGAINST:
            ours, theirs = networks[f"{name}_test"], networks[f"{against}_test"]
            points = 100 * (ours - theirs)
            rows.append(
                dict(network=name, against=against, accuracy=100 * ours.mean())
                | wins_ties_losses(ours, theirs)
                | dict(mean=points.mean(), median=points.median(), large=points[large].mean())
                | dict(
                    train=100 * (networks[f"{name}_train"] - networks[f"{against}_train"]).mean()
                )
                | paired_tests(ours, theirs)
            )
    raw = pd.DataFrame(rows)
    raw["wilcoxon_holm"], raw["gap"] = holm(raw.wilcoxon), networks.gap.max()
    printed = pd.DataFrame(
        {
            "network": raw.network.map(NAMES),
            "against": raw.against.map(AGAINST),
            "mean test %": [f"{value:.2f}" for value in raw.accuracy],
            "wins/ties/losses": [tally(row) for row in raw.to_dict("records")],
            "mean, points": [f"{value:+.2f}" for value in raw["mean"]],
            "median": [f"{value:+.2f}" for value in raw["median"]],
            f"mean, {LARGE} rows or more": [f"{value:+.2f}" for value in raw.large],
            "training, mean": [f"{value:+.2f}" for value in raw.train],
            "Wilcoxon p": [f"{p:.2g}" for p in raw.wilcoxon],
            "Holm": [f"{p:.2g}" for p in raw.wilcoxon_holm],
            "sign test p": [f"{p:.2g}" for p in raw.sign],
        }
    )
    return Table.noted(raw, printed, facts(raw, networks), notes)


def facts(raw, networks):
    """Return what the notes and the pages state, by network and by what it is compared with."""
    columns = ["wins", "ties", "losses", "mean", "median", "large", "train"]
    columns += ["wilcoxon", "wilcoxon_holm", "sign"]
    return dict(
        datasets=len(networks),
        large=int((networks.rows >= LARGE).sum()),
        least_holm=raw.wilcoxon_holm.min(),
        against={
            name: of_name.set_index("against")[columns].to_dict("index")
            for name, of_name in raw.groupby("network", sort=False)
        },
        gap=raw.gap.max(),
    )


def notes(facts):
    """Write the sentences under the table."""
    return [
        f"Test accuracy on {facts['datasets']} datasets, one split each; {facts['large']} of them "
        f"have {LARGE} rows or more. Differences are points of the trained network above the "
        "method it is compared with; training: the same on the training rows.",
        "Wilcoxon signed-rank and sign tests over datasets are two-sided. Holm adjusts the "
        "Wilcoxon p-values for the number of rows of this table; the least adjusted value is "
        f"{number(facts['least_holm'], '.2g')}.",
        gap_note(facts),
    ]
