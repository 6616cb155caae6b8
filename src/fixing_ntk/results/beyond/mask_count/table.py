"""Table `mask_count`: objective and test error by the number of sampled gates."""

import numpy as np
import pandas as pd

from fixing_ntk.drawing.cells import described, with_errors
from fixing_ntk.drawing.tables import Table, gap_note

SHARES = (0.1, 0.01)  # relative excesses over the optimum for which the fewest gates are stated


def mask_count(data):
    """Make the `Table` of objectives and test errors: a row for every rank and number of gates.

    Parameters
    ----------
    data : mapping
        From `mask_count.compute`.
    """
    raw = pd.DataFrame(
        [
            dict(
                rank=rank,
                arrangements=data["arrangements"][i],
                gates=gates,
                masks=data["masks"][i, j].mean(),
                **described("above", data["above"][i, j]),
                above_median=np.median(data["above"][i, j]),
                **described("test", data["test"][i, j]),
                **described("tuned", data["tuned"][i, j]),
                test_all=data["reference"][i],
                tuned_all=data["reference_tuned"][i],
            )
            for i, rank in enumerate(data["rank"])
            for j, gates in enumerate(data["gates"])
        ]
    )
    raw["gap"] = float(data["gap"])
    printed = pd.DataFrame(
        {
            "rank": raw["rank"],
            "gates": [f"{g:,}" for g in raw.gates],
            "masks, mean": [
                f"{m:.1f} of {p:,}" for m, p in zip(raw.masks, raw.arrangements, strict=True)
            ],
            "above the optimum, %, mean": with_errors(raw, "above", 100, ".3g"),
            "median": [f"{100 * a:.3g}" for a in raw.above_median],
            "test error, one λ": with_errors(raw, "test", 1, ".3g"),
            "λ tuned": with_errors(raw, "tuned", 1, ".3g"),
        }
    )
    return Table.noted(raw, printed, facts(raw, data["above"].shape[2]), notes)


def facts(raw, draws):
    """Return the numbers that the table's notes and the documentation state of every rank.

    ``raw`` has the rows of the table, and ``draws`` is the number of draws of the gates. ``ranks``
    has a dict for each rank, with means over draws. In it ``within`` has, for each of `SHARES`, the
    fewest gates whose objective is above the optimum by at most this share, or None if no number of
    gates is enough. ``distinct`` has the number of masks of these gates, or None. ``test`` and
    ``tuned`` are test errors at the same λ and at the best λ: the ``least`` over numbers of gates,
    the ``last``, with the most gates, and the error with ``all`` masks. ``arrangements`` is the
    number of all masks, and ``most_gates`` the largest number of gates. Beside ``ranks`` are
    ``draws`` and the largest ``gap``.
    """
    ranks = {}
    for rank, rows in raw.groupby("rank"):
        rows = rows.set_index("gates")
        near = {share: rows.index[rows.above <= share] for share in SHARES}
        ranks[str(rank)] = dict(
            arrangements=rows.arrangements.iloc[0],
            within={share: gates[0] if len(gates) else None for share, gates in near.items()},
            distinct={
                share: rows.masks[gates[0]] if len(gates) else None for share, gates in near.items()
            },
            most_gates=rows.index[-1],
            **{
                name: dict(
                    least=rows[name].min(),
                    last=rows[name].iloc[-1],
                    all=rows[f"{name}_all"].iloc[0],
                )
                for name in ("test", "tuned")
            },
        )
    return dict(draws=draws, ranks=ranks, gap=raw.gap.max())


def notes(facts):
    """Return the sentences under the table, a list of str, from the dict that `facts` returns."""
    beside = "; ".join(
        f"rank {rank}: {row['test']['all']:.3g} at one λ, {row['tuned']['all']:.3g} with λ tuned"
        for rank, row in facts["ranks"].items()
    )
    return [
        f"Over {facts['draws']} draws of gates, ± one standard error. Above the optimum "
        "over all arrangements, relative to it, at one λ for every number of gates. Test error: "
        "mean squared, over that of zero; tuned: at the λ that is best on as many other test "
        "points.",
        f"Test errors of all masks: {beside}.",
        gap_note(facts),
    ]
