"""Table `when_it_pays`: units up to which learning the kernel pays, by samples and dimension."""

import numpy as np
import pandas as pd

from fixing_ntk.drawing.tables import Table, gap_note
from fixing_ntk.results.beyond.when_it_pays import error_map


def when_it_pays(data):
    """Make the `Table` of the units at which MKL and NTK are equally good; raw rows are the cells.

    A printed row is a teacher, a noise and a dimension, with a column for each number of samples.

    Parameters
    ----------
    data : mapping
        From `when_it_pays.compute`.
    """
    raw = error_map.cells(data)
    line = error_map.lines(raw)
    wide = line.pivot(index=["teacher", "noise", "d"], columns="n", values="units")
    ends = raw.units.min(), raw.units.max()
    printed = pd.DataFrame(
        {"teacher": wide.index.get_level_values(0), "σ": wide.index.get_level_values(1)}
        | {"d": wide.index.get_level_values(2)}
        | {f"n = {n:,}": [at_the_line(s, *ends) for s in wide[n]] for n in wide}
    )
    return Table.noted(
        raw, printed, facts(raw, data["gap"][..., 0].size, data["gap"].shape[-1]), notes
    )


def facts(raw, all_cells, draws):
    """Return the numbers that the table's notes and the documentation state of the map.

    Of all ``cells`` that were run, and ``by_teacher``: ``mkl`` and ``ntk`` count the cells in which
    the method is significantly better; ``least_ratio`` and ``median_ratio`` are of MKL's error over
    the NTK's. ``line`` has by teacher a list with a dict for each number of samples ``n``. In it
    ``low`` and ``high`` are the fewest and the most units, over dimensions and noise, at which the
    two methods are equally good. They are 0 below the fewest ``units`` that were run, and infinite
    beyond the most (None in the file of facts). ``early_stopping`` is the error of MKL stopped
    early over the smaller error of MKL and NTK: its geometric ``mean``, ``most`` with its cell, and
    the number of ``cells``. ``units`` has the fewest and the most, and ``dimensions`` lists all.
    ``all_cells`` and ``draws`` are the arguments, and ``gap`` is the largest.

    Parameters
    ----------
    raw : pandas.DataFrame
        From `error_map.cells`.
    all_cells, draws : int
        Number of cells of the whole map, run or not, and of draws for each cell.
    """
    stops = raw.dropna(subset=["stopped_ratio"])
    worst = stops.loc[stops.stopped_ratio.idxmax()]
    line = error_map.lines(raw).groupby(["teacher", "n"], sort=False).units.agg(["min", "max"])
    lines: dict = {}
    for (teacher, n), (low, high) in sorted(line.iterrows()):
        lines.setdefault(teacher, []).append(dict(n=n, low=low, high=high))
    return dict(
        draws=draws,
        dimensions=sorted(raw.d.unique()),
        units=[raw.units.min(), raw.units.max()],
        line=lines,
        **_better(raw),
        all_cells=all_cells,
        by_teacher={teacher: _better(cells) for teacher, cells in raw.groupby("teacher")},
        early_stopping=dict(
            cells=len(stops),
            mean=np.exp(np.log(stops.stopped_ratio).mean()),
            most=worst.stopped_ratio,
            **worst[["teacher", "d", "n", "units"]].to_dict(),
        ),
        gap=raw.gap.max(),
    )


def _better(cells):
    """Return counts and error ratios over the given cells alone, a dict.

    ``cells`` has rows of `error_map.cells`: all, or those of one teacher. The dict has the number
    of ``cells``, and ``mkl``, ``ntk``, ``least_ratio`` and ``median_ratio`` as `facts` says.
    """
    sure = cells[cells.sure]
    return dict(
        cells=len(cells),
        mkl=(sure.ratio < 1).sum(),
        ntk=(sure.ratio > 1).sum(),
        least_ratio=cells.ratio.min(),
        median_ratio=cells.ratio.median(),
    )


def notes(facts):
    """Return the sentences under the table, a list of str, from the dict that `facts` returns."""
    stops = facts["early_stopping"]
    return [
        "Units s of the teacher at which the errors of MKL and NTK are equal: with fewer, MKL is "
        f"better; with more, the NTK. Errors are geometric means over {facts['draws']} draws, on "
        "fresh points without noise.",
        f"Of {facts['cells']} cells that were run, MKL is significantly better in {facts['mkl']}, "
        f"the NTK in {facts['ntk']} (Wilcoxon signed-rank test over draws, Bonferroni over the "
        f"{facts['all_cells']} cells of the map, {100 * error_map.LEVEL:g} %). By teacher: "
        + "; ".join(
            f"{teacher}, {row['mkl']} and {row['ntk']} of {row['cells']}, error of MKL over that "
            f"of the NTK {row['median_ratio']:.2f} at the median and {row['least_ratio']:.2f} at "
            "least"
            for teacher, row in facts["by_teacher"].items()
        )
        + f"; over both {facts['median_ratio']:.2f} and {facts['least_ratio']:.2f}.",
        "MKL is handed the gates of the gated teachers among those that it draws. Penalties are "
        "chosen on as many held-out points for every n, so small fits are tuned better than a user "
        "could.",
        f"MKL stopped early, where it was run ({stops['cells']} cells): its error over that of the "
        f"better of both is {stops['mean']:.3f} on average and {stops['most']:.3f} at most "
        f"({stops['teacher']}, d = {stops['d']}, n = {stops['n']:,}, s = {stops['units']}).",
        gap_note(facts),
    ]


def at_the_line(s, fewest, most):
    """Write s units as text, with one decimal: "< fewest" for 0, "> most" for infinite, "" for NaN.

    ``fewest`` and ``most`` are the units at the ends of the map, and stand as numbers in the text.
    """
    if np.isnan(s):
        return ""
    return f"< {fewest}" if s == 0 else f"> {most}" if np.isinf(s) else f"{s:.1f}"
