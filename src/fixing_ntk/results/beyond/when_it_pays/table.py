"""Table `when_it_pays`: units up to which learning the kernel pays, by samples and dimension."""

import numpy as np
import pandas as pd

from fixing_ntk.results.beyond.when_it_pays import error_map


def when_it_pays(data):
    """Tabulate the cells that were run, and the line; returns as `drawing.tables` says.

    Parameters
    ----------
    data : mapping
        Of `experiments.when_it_pays.when_it_pays`.
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
    repeats, stops = data["gap"].shape[-1], raw.dropna(subset=["stopped_ratio"])
    worst = stops.loc[stops.stopped_ratio.idxmax()]
    notes = [
        "Units s of the teacher at which the errors of MKL and NTK are equal: with fewer, MKL is "
        f"better; with more, the NTK. Errors are geometric means over {repeats} draws, on fresh "
        "points without noise.",
        f"Of {len(raw)} cells that were run, MKL is certainly better in "
        f"{int((raw.sure & (raw.ratio < 1)).sum())}, the NTK in "
        f"{int((raw.sure & (raw.ratio > 1)).sum())} (Wilcoxon signed-rank test, Bonferroni over "
        f"the {data['gap'][..., 0].size} cells of the map, {100 * error_map.LEVEL:g} %).",
        f"MKL stopped early, where it was run ({len(stops)} cells): its error over that of the "
        f"better of both is {np.exp(np.log(stops.stopped_ratio).mean()):.3f} on average and "
        f"{worst.stopped_ratio:.3f} at most ({worst.teacher}, d = {worst.d}, n = {worst.n:,}, s = "
        f"{worst.units}).",
        f"Largest relative duality gap behind this table: {raw.gap.max():.1e}.",
    ]
    return raw, printed, notes


def at_the_line(s, fewest, most):
    """Write the units at the line, or the end of the range of units that it lies beyond."""
    if np.isnan(s):
        return ""
    return f"< {fewest}" if s == 0 else f"> {most}" if np.isinf(s) else f"{s:.1f}"
