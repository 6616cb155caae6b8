"""Figure `averaging`: accuracy, test error and training objective of one draw and of several."""

import numpy as np

from fixing_ntk.drawing import style
from fixing_ntk.results.beyond.averaging.table import SHOWN

NTKS = ("ntk", "ntk_sampled", "ntk_averaged")


def draw(table):
    """Return the figure: each method's accuracy less the NTK's, test error, and training objective.

    A row of the figure is a method. A hollow diamond is the mean accuracy over the larger datasets.
    Another hollow mark, of an average alone, is the mean test error of a single draw. The objective
    is above a certified lower bound, in per cent of ``1/2 ||y||^2``. ``table`` is the table
    `averaging` or `one_program`, read from its CSV file.
    """
    fig, axes = style.figure(1, 3, height=1.0 + 0.22 * len(table), sharey=True)
    accuracy, error, objective = axes
    at = np.arange(len(table))[::-1]
    accuracy.axvline(0, color=style.NEUTRAL, lw=0.8)
    for y, row in zip(at, table.itertuples(), strict=True):
        colour, marker = look(row.method)
        full = dict(color=colour, marker=marker, ms=4.5, ls="none")
        open_ = full | dict(color="white", mec=colour, zorder=1.5)
        if row.method != "ntk":
            spread = 0 if np.isnan(row.ntk_error) else row.ntk_error
            accuracy.errorbar(row.ntk_mean, y, xerr=spread, elinewidth=1, **full)
            accuracy.plot(row.ntk_mean_large, y, **open_ | dict(marker="D", ms=4, zorder=3))
        error.plot(row.test_error, y, **full)
        if not np.isnan(row.variance):
            error.plot([row.test_error, row.draws_error], [y, y], color=colour, lw=1, ls=":")
            error.plot(row.draws_error, y, **open_)
        if np.isnan(row.above):
            words = dict(ha="center", va="center", fontsize=7, color=style.NEUTRAL)
            objective.text(
                0.5, y, "infinite width", transform=objective.get_yaxis_transform(), **words
            )
        else:
            objective.plot(100 * row.above, y, clip_on=False, **full)
    accuracy.set_yticks(at, table.method.map(SHOWN))
    accuracy.set(xlabel="accuracy − NTK (points)", ylim=(-0.6, len(table) - 0.4))
    error.set(xlabel="mean squared test error")
    objective.set(xlabel="above the lower bound\n" r"(% of $\frac{1}{2}\|y\|^2$)")
    objective.set_xlim(left=0)
    for ax in axes:
        ax.grid(axis="y", visible=False)
        ax.tick_params(axis="y", length=0)
    style.label_panels(axes)
    style.certificate(fig, table.gap.max())
    return fig


def look(method):
    """Return colour and marker of a method's kind: a form of the NTK, stopped MKL, or other MKL."""
    if method in NTKS:
        return style.NTK, "s"
    return (style.NEUTRAL, "^") if method == "stopped" else (style.MKL, "o")
