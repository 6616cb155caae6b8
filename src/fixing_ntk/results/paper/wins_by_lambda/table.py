"""Table `wins_by_lambda`: MKL against NTK at the same penalty, over a grid of penalties."""

import pandas as pd

from fixing_ntk.drawing.cells import numbers
from fixing_ntk.drawing.tables import Table, failure_notes, gap_note


def wins_by_lambda(by_lambda, failed=None):
    """Return the `Table` of MKL against the NTK, a row for each common penalty and form of the NTK.

    Parameters
    ----------
    by_lambda : pandas.DataFrame
        From `comparison.accuracies.wins_by_lambda`.
    failed : dict of str to str, optional
        Datasets that failed, each with the reason; the notes name them.
    """
    names = {"ntk_sampled": "NTK, sampled gates", "ntk": "NTK, closed form"}
    printed = pd.DataFrame(
        {
            "λ/λ_max": [f"{r:g}" for r in by_lambda.ratio],
            "MKL against": by_lambda.against.map(names),
            "wins": by_lambda.wins,
            "ties": by_lambda.ties,
            "losses": by_lambda.losses,
            "mean difference, points": [
                f"{100 * m:+.2f} ± {100 * s:.2f}"
                for m, s in zip(by_lambda.mean_difference, by_lambda.standard_error, strict=True)
            ],
            "gap": numbers(by_lambda.gap, ".0e"),
        }
    )
    return Table.noted(by_lambda, printed, facts(by_lambda, failed), notes)


def facts(by_lambda, failed=None):
    """Return, as a dict, the penalties at which MKL does best and worst against the NTK.

    At ``most`` MKL is at least as accurate as the NTK of the sampled gates on the most datasets, at
    ``fewest`` on the fewest. Each has the ``ratio``, lam over lambda_max, and the number
    ``at_least``. ``failed`` is only passed on, as {} for None.
    """
    rows = by_lambda[by_lambda.against == "ntk_sampled"]
    rows = rows.assign(at_least=rows.wins + rows.ties)
    most, fewest = rows.loc[rows.at_least.idxmax()], rows.loc[rows.at_least.idxmin()]
    return dict(
        datasets=most.wins + most.ties + most.losses,
        most=most[["ratio", "at_least"]].to_dict(),
        fewest=fewest[["ratio", "at_least"]].to_dict(),
        gap=by_lambda.gap.max(),
        failed=failed or {},
    )


def notes(facts):
    """Return the sentences under the table, a list of str, from the dict that `facts` returns."""
    return [
        "The same λ for both, in the units of algorithm 1: the NTK is its first iteration and MKL "
        "its limit. In other units of the kernel the same λ would be another comparison. "
        "± is one standard error over datasets.",
        gap_note(facts),
        *failure_notes(facts),
    ]
