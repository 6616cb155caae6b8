"""Figure `who_wins`: MKL's accuracy less the NTK's, against numbers known before the test rows."""

import numpy as np

from fixing_ntk.comparison.winner_predictors import PREDICTORS, by_dataset, significant
from fixing_ntk.drawing import style


def draw(tuned, table):
    """Return the figure: MKL's accuracy less the NTK's against each predictor, by dataset.

    ``tuned`` is from `accuracies.tuned`. ``table`` is the table `who_wins`, read from its CSV file;
    its numbers are the titles of the panels.
    """
    rows, of = by_dataset(tuned), table.set_index("predictor")
    fig, axes = style.figure(2, 2, height=4.2, sharey=True)
    difference = 100 * rows.difference
    colours = np.where(difference > 0, style.MKL, np.where(difference < 0, style.NTK, style.LIGHT))
    for ax, (name, words) in zip(axes.flat, PREDICTORS.items(), strict=True):
        for colour, marker in ((style.MKL, "^"), (style.NTK, "v"), (style.LIGHT, "o")):
            mine = colours == colour
            ax.plot(
                rows[name][mine], difference[mine], marker, color=colour, ms=4, mec="white", mew=0.3
            )
        ax.axhline(0, color=style.NEUTRAL, lw=0.8)
        found = of.loc[name]
        title = f"rank correlation {found.correlation:+.2f} ({found.low:+.2f} to {found.high:+.2f})"
        if np.isnan(found.correlation):
            title = "no rank correlation"
        else:
            title += f"\nwinner told on {100 * found.right:.0f} %, by always the same "
            title += f"{100 * found.base:.0f} %"
        ax.set_title(title, loc="right", fontsize=7)
        ax.set_xscale("log" if name == "n_over_d" else "linear")
        ax.set_yscale("symlog", linthresh=5)
        ax.set_yticks([-20, -10, -5, 0, 5], ["−20", "−10", "−5", "0", "5"])
        ax.minorticks_off()
        ax.set_xlabel(words)
    for ax in axes[:, 0]:
        ax.set_ylabel("MKL − NTK (points),\nlogarithmic from ±5")
    names = significant(table) or "none of them"
    fig.suptitle(f"the interval excludes zero for: {names}", fontsize=8)
    style.label_panels(axes.flat)
    style.certificate(fig, table.gap.max())
    return fig
