"""Figure `all_masks`: optimal objective against the number of gates, a line for each dataset."""

import numpy as np

from fixing_ntk.drawing import style

PENALTIES = {"tuned": r"$\lambda$ tuned", "reference": r"reference $\lambda$"}


def draw(table):
    """Return the figure: optimal objective against the number of gates, at two penalties.

    One penalty is the tuned one, the other a reference. There is a line for each dataset, relative
    to its objective with the fewest gates, and one for the median. A cross at the most gates is the
    certified lower bound of a dataset whose masks are all listed.

    Parameters
    ----------
    table : pandas.DataFrame
        The table `all_masks`, as read from its CSV file.

    Returns
    -------
    matplotlib.figure.Figure
    """
    counts = [int(c.removeprefix("objective_")) for c in table if c.startswith("objective_")]
    fig, axes = style.figure(1, len(PENALTIES), height=2.6, sharey=True)
    for ax, (penalty, title) in zip(axes, PENALTIES.items(), strict=True):
        rows = table[table.penalty == penalty]
        relative = rows[[f"objective_{count}" for count in counts]].to_numpy()
        first = relative[:, :1]
        relative = relative / first
        ax.plot(counts, relative.T, color=style.LIGHT, lw=0.8)
        ax.plot(counts, np.median(relative, axis=0), "o-", color=style.MKL, label="median")
        bound = rows.lower_bound.to_numpy() / first[:, 0]
        known = ~np.isnan(bound)
        if known.any():  # a line without points and without clipping would upset the layout
            look = dict(color=style.NEUTRAL, ms=5, clip_on=False, zorder=3, label="lower bound")
            ax.plot(np.full(known.sum(), counts[-1]), bound[known], "x", **look)
        ax.set(xscale="log", xlabel="gates drawn")
        ax.set_xticks(counts, [f"{count:,}" for count in counts])
        ax.minorticks_off()
        ax.set_title(title, loc="right")
    axes[0].set_ylabel("optimal objective, relative")
    axes[0].plot([], [], color=style.LIGHT, lw=0.8, label="dataset")
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
    style.label_panels(axes)
    style.certificate(fig, table.gap.max())
    return fig
