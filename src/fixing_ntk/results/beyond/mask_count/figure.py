"""Figure `mask_count`: objective and test error against sampled gates, beside all arrangements."""

import numpy as np

from fixing_ntk.drawing import style


def draw(data):
    """Return the figure: excess objective and test errors against the number of gates, by rank.

    The excess is over the optimum over all masks. One panel has test errors at the same penalty,
    one at tuned penalties. ``data`` is from `mask_count.compute`.
    """
    fig, axes = style.figure(1, 3, height=2.5)
    left, fixed, tuned = axes
    floor = float(data["gap"]) / data["optimum"].min()  # gaps are over 1/2 ||y||^2
    for i, look in enumerate(style.looks(len(data["rank"]))):
        label = f"rank {data['rank'][i]}, {data['arrangements'][i]:,} masks"
        spread(left, data["gates"], np.maximum(data["above"][i], floor), label, look)
        spread(fixed, data["gates"], data["test"][i], None, look)
        spread(tuned, data["gates"], data["tuned"][i], None, look)
        fixed.axhline(data["reference"][i], color=look["color"], lw=0.9, ls=":")
        tuned.axhline(data["reference_tuned"][i], color=look["color"], lw=0.9, ls=":")
    left.axhline(floor, color=style.NEUTRAL, lw=0.8, ls="-.", label="certified gap")
    left.set_ylabel("above the optimum, relative")
    fixed.set_ylabel("test error, relative")
    fixed.set_title(r"same $\lambda$", loc="right")
    tuned.set_title(r"$\lambda$ tuned", loc="right")
    errors = np.concatenate([data["test"].ravel(), data["tuned"].ravel()])
    for ax in axes:
        ax.set(xscale="log", yscale="log", xlabel="gates drawn")
    for ax in (fixed, tuned):
        ax.set_ylim(0.8 * errors.min(), 1.2 * errors.max())
    handles, labels = left.get_legend_handles_labels()
    handles += tuned.plot([], [], ":", color=style.NEUTRAL, lw=0.9)
    fig.legend(handles, [*labels, "all masks"], loc="outside upper center", ncols=4)
    style.label_panels(axes)
    style.certificate(fig, data["gap"])
    return fig


def spread(ax, gates, values, label, look):
    """Draw the mean over draws of values (m, s), and the band of the 10th to 90th percentile.

    There are m numbers of gates and s draws. ``look`` has the options of the line.
    """
    low, high = np.quantile(values, [0.1, 0.9], axis=1)
    ax.plot(gates, values.mean(axis=1), label=label, ms=3, **look)
    ax.fill_between(gates, low, high, color=look["color"], alpha=0.18, lw=0)
