"""Figure `nonconvex_gap`: trained objectives above the convex optimum, by width."""

import numpy as np

from fixing_ntk.drawing import style

PANELS = (("relu", "(a) ReLU", style.RELU), ("gated", "(b) gated ReLU", style.MKL))


def draw(data):
    """Return the figure: objectives of trained networks above the convex optimum, by width.

    The left panel has ReLU networks, the right one gated networks; a dot is one run. Each panel has
    its own axis of objectives.

    Parameters
    ----------
    data : mapping
        Arrays of `nonconvex_gap.compute`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    fig, axes = style.figure(1, 2, height=2.6)
    position = np.arange(len(data["widths"]))
    for ax, (kind, title, color) in zip(axes, PANELS, strict=True):
        gap = max(float(data[f"{kind}_gap"]), 1e-15)
        spread = np.linspace(-0.28, 0.28, data[kind].shape[1])
        for x, ends in zip(position, data[kind], strict=True):
            ax.plot(x + spread, np.sort(ends), "o", color=color, ms=2.2, alpha=0.6, mew=0)
        medians = np.median(data[kind], axis=1)
        ax.plot(position, medians, "_", color="black", ms=16, mew=1.2, label="median")
        ax.axhspan(
            -gap, 0.0, color=style.LIGHT, lw=0, label="where the optimum is certified to lie"
        )
        # Linear up to the certified gap, so that values at or below the optimum are shown, too.
        ax.set_yscale("symlog", linthresh=gap, linscale=0.5)
        ax.set_ylim(-2 * gap, 3 * data[kind].max())
        powers = np.arange(np.ceil(np.log10(gap)) + 1, 1, 2)
        ax.set_yticks([0.0, *10.0**powers], ["0", *(f"$10^{{{k:.0f}}}$" for k in powers)])
        ax.set_xticks(position, [f"{w}" for w in data["widths"]])
        ax.set_xlabel("neurons")
        ax.set_title(title, loc="left")
        ax.set_title(f"certified to {gap:.0e} of it", loc="right", fontsize=7)
    axes[0].set_ylabel("above the optimum, relative")
    handles, labels = axes[1].get_legend_handles_labels()
    fig.legend(handles, labels, loc="outside upper center", ncols=2)
    style.certificate(fig, data["gap"])
    return fig
