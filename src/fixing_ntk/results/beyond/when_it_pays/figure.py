"""Figure `when_it_pays`: MKL's error over the NTK's, by samples and units of the teacher."""

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.patches import Rectangle

from fixing_ntk.drawing import style
from fixing_ntk.results.beyond.when_it_pays import error_map

NAMES = {"gated": "gated network", "relu": "ReLU network"}
MAP = LinearSegmentedColormap.from_list("mkl_to_ntk", [style.MKL, "#FFFFFF", style.NTK])
# A factor and its inverse have colours of the same depth.
TICKS = {1 / 4: "≤ 1/4", 1 / 2: "1/2", 1 / 1.4: "1/1.4", 1: "1", 1.4: "1.4", 2: "2", 4: "≥ 4"}
NORM = Normalize(*np.log([min(TICKS), max(TICKS)]))


def draw(data):
    """Return the figure: MKL's error over the NTK's by samples and units, a panel for each setting.

    A setting is a teacher, a noise and a dimension. ``data`` is from `when_it_pays.compute`.
    """
    table = error_map.cells(data)
    line = error_map.lines(table).set_index(["teacher", "noise", "d", "n"]).units
    rows = [(t, s) for t in data["teachers"] for s in data["noise"]]
    columns, n, units = data["dimensions"], data["samples"], data["units"]
    fig, axes = style.figure(
        len(rows),
        len(columns),
        height=0.6 + 1.45 * len(rows),
        sharex=True,
        sharey=True,
        squeeze=False,
    )
    for i, (teacher, noise) in enumerate(rows):
        for ax, d in zip(axes[i], columns, strict=True):
            mine = table[(table.teacher == teacher) & (table.noise == noise) & (table.d == d)]
            image = panel(ax, mine, n, units)
            hatch_implied(ax, mine, n, units)
            ends = [line.get((teacher, noise, d, k), np.nan) for k in n]
            at = np.array([position(e, units) for e in ends])
            ax.plot(range(len(n)), at, color="black", lw=1.4)
            for beyond, marker in ((len(units) - 0.5, "^"), (-0.5, "v")):  # off the scale
                (k,) = np.nonzero(at == beyond)
                ax.plot(k, at[k], marker, color="black", ms=5, clip_on=False, zorder=3)
            ax.set_xticks(range(len(n)), [f"{k:,}" for k in n], rotation=60, fontsize=6.5)
            ax.set_yticks(range(len(units)), units, fontsize=6.5)
            ax.set(xlim=(-0.5, len(n) - 0.5), ylim=(-0.5, len(units) - 0.5))
            ax.grid(visible=False)
            if i == 0:
                ax.set_title(f"$d = {d}$", fontsize=8)
            if i == len(rows) - 1:
                ax.set_xlabel("samples $n$", fontsize=8)
        noise_text = f", $\\sigma = {noise:g}$" if len(data["noise"]) > 1 else ""
        axes[i, 0].set_ylabel(f"units $s$ of a\n{NAMES[teacher]}{noise_text}", fontsize=8)
    bar = fig.colorbar(image, ax=axes, ticks=np.log(list(TICKS)), aspect=40, pad=0.01)
    bar.ax.set_yticklabels(TICKS.values(), fontsize=6.5)
    bar.set_label("error of MKL over that of the NTK", fontsize=8)
    bar.ax.minorticks_off()
    for marker, name in (("^", "MKL is better"), ("v", "the NTK is better")):
        axes[0, 0].plot([], [], marker, color=style.NEUTRAL, ms=3, label=f"{name}, significantly")
    axes[0, 0].plot([], [], color="black", lw=1.4, label="equally good")
    axes[0, 0].fill_between([], [], hatch="////", fc="white", ec=style.LIGHT, label="not run")
    fig.legend(
        *axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=4, fontsize=7
    )
    style.certificate(fig, np.nanmax(data["gap"]))
    return fig


def panel(ax, mine, n, units):
    """Draw the cells of one panel, coloured by error ratio; return the image for a colour bar.

    ``mine`` has their rows of `error_map.cells`. The columns are the samples ``n`` and the rows the
    ``units``. Triangles mark significant cells, upwards where MKL is better, else downwards. Cells
    that were not run are hatched in grey.
    """
    grid = np.full((len(units), len(n)), np.nan)
    for row in mine.itertuples():
        i, j = list(units).index(row.units), list(n).index(row.n)
        grid[i, j] = np.log(row.ratio)
        if row.sure:
            ax.plot(j, i, "^" if row.ratio < 1 else "v", color=style.NEUTRAL, ms=2.2, mew=0)
    ax.patch.set(hatch="//////", ec=style.LIGHT, lw=0)
    image = ax.imshow(grid, cmap=MAP, norm=NORM, origin="lower", aspect="auto", zorder=0.9)
    return image


def hatch_implied(ax, mine, n, units):
    """Hatch cells that were not run in the colour of the winner that significant cells imply.

    Fewer units favour MKL, and more units the NTK. So a cell is MKL's if MKL is significantly
    better at the same n and more units. Else it is the NTK's if the NTK is so at fewer units, and
    otherwise stays as it is. Arguments are as for `panel`.
    """
    for j, k in enumerate(n):
        run = mine[(mine.n == k) & mine.sure]
        for i, s in enumerate(units):
            if s in set(mine.units[mine.n == k]):
                continue
            mkl = (run.units[run.ratio < 1] > s).any()
            if mkl or (run.units[run.ratio > 1] < s).any():
                colour = style.MKL if mkl else style.NTK
                cell = Rectangle(
                    (j - 0.5, i - 0.5), 1, 1, fc="white", ec=colour, hatch="//////", lw=0
                )
                ax.add_patch(cell).set_zorder(0.95)


def position(s, units):
    """Return the position of s units, one number, on an axis with ticks 0, 1, ... at ``units``.

    ``units`` are the map's, increasing. Between ticks the axis is linear in log s. 0 units lie on
    the border of the axis at -0.5, infinite units on the other border; NaN stays NaN.
    """
    if np.isnan(s):
        return np.nan
    inside = np.interp(np.log(np.clip(s, units[0], units[-1])), np.log(units), range(len(units)))
    return -0.5 if s == 0 else len(units) - 0.5 if np.isinf(s) else inside
