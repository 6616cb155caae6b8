"""Table `interpolation`: the ends of the paths of MKL and of the NTK, at the penalty zero."""

import pandas as pd

from fixing_ntk.comparison.statistics import compare
from fixing_ntk.drawing.cells import compared, numbers, percent_lists
from fixing_ntk.drawing.tables import Table, gap_note


def interpolation(data):
    """Make the `Table` of the ends of the paths, at the penalty zero: a row for every dataset.

    Parameters
    ----------
    data : mapping
        From `interpolation.compute`.
    """
    names = ("n", "p", "rank", "active", "objective", "missed", "numerical")
    raw = pd.DataFrame({"dataset": data["names"]} | {name: data[name] for name in names})
    raw["interpolates"] = data["interpolates"]
    raw["ntk_rank"], raw["ntk_missed"] = data["ntk_rank"], data["ntk_missed"]
    for method in ("mkl", "ntk"):
        for part in ("train", "test"):
            raw[f"{method}_{part}"] = data[f"{method}_{part}"][:, -1]
        raw[f"{method}_best"] = data[f"{method}_test"].max(axis=1)
    raw["path_norm"] = data["norms"][:, -1] / data["objective"]
    raw["end_gap"], raw["gap"] = data["end_gap"], data["gap"]

    def two(kind):
        return percent_lists(raw[[f"mkl_{kind}", f"ntk_{kind}"]])

    printed = pd.DataFrame(
        {
            "dataset": raw.dataset,
            "n": raw.n,
            "rank: MKL, NTK": [f"{a}, {b}" for a, b in zip(raw["rank"], raw.ntk_rank, strict=True)],
            "residual over ‖y‖: MKL, NTK": [
                f"{a:.0e}, {b:.0e}" for a, b in zip(raw.missed, raw.ntk_missed, strict=True)
            ],
            "active masks": raw.active,
            "Σ‖w_i‖": numbers(raw.objective, ".4g"),
            "gap of the end": numbers(raw.end_gap, ".0e"),
            "training %: MKL, NTK": two("train"),
            "test %: MKL, NTK": two("test"),
            "best test % on the path": two("best"),
        }
    )
    return Table.noted(raw, printed, facts(raw, data["ratio"].min()), notes)


def facts(raw, smallest):
    """Return the numbers that the table's notes and the documentation state of the paths' ends.

    ``raw`` has the rows of the table. ``smallest`` is the smallest penalty of MKL's path over
    `lambda_max`. ``path_norm`` has the least and the largest, over datasets, of MKL's norm there
    over the norm at the end. ``lost`` has by method the points of test accuracy that the end is
    below the best of the path, mean over datasets. The best is chosen on the test rows. The keys of
    `statistics.compare` are of MKL's end against the NTK's, on the test rows. ``interpolated``
    counts the datasets, of ``datasets``, whose training labels both ends fit. ``numerical`` and
    ``gap`` are the largest.
    """
    return dict(
        datasets=len(raw),
        interpolated=raw.interpolates.sum(),
        smallest=smallest,
        path_norm=[raw.path_norm.min(), raw.path_norm.max()],
        lost={m: 100 * (raw[f"{m}_best"] - raw[f"{m}_test"]).mean() for m in ("mkl", "ntk")},
        **compare(raw.mkl_test, raw.ntk_test, raw.n),
        numerical=raw.numerical.max(),
        gap=raw.gap.max(),
    )


def notes(facts):
    """Return the sentences under the table, a list of str, from the dict that `facts` returns."""
    low, high = (100 * share for share in facts["path_norm"])
    return [
        f"Both ends interpolate the training labels on {facts['interpolated']} of "
        f"{facts['datasets']} datasets. On the others the rank of the masked features is below the "
        "number of training rows, and an end is the least-squares fit of least norm.",
        f"At {facts['smallest']:g} λ_max the path has {low:.2f} to {high:.2f} % of the norm of its "
        "end.",
        f"Test accuracy of the ends, MKL against the NTK: {compared(facts)}.",
        f"From the best test accuracy on the path to its end, MKL loses {facts['lost']['mkl']:.2f} "
        f"points on average and the NTK {facts['lost']['ntk']:.2f}. The best is chosen on the test "
        "rows, which no user can do.",
        "Gap of the end: sum of norms minus its dual value, over the sum. Outputs are off their "
        f"targets by at most {facts['numerical']:.0e} of ‖y‖.",
        gap_note(facts),
    ]
