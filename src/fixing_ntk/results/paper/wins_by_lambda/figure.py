"""Figure `wins_by_lambda`: MKL against NTK at the same penalty, over a grid of penalties."""

import numpy as np

from fixing_ntk.drawing import style


def draw(by_lambda):
    """Return the figure: MKL against the NTK by lambda, in counts of datasets and in accuracy.

    The left panel has MKL's wins, ties and losses against the NTK of the sampled gates. The right
    panel has the mean difference of accuracy to each form of the NTK, with its standard error.

    Parameters
    ----------
    by_lambda : pandas.DataFrame
        From `comparison.accuracies.wins_by_lambda`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    fig, (left, right) = style.figure(1, 2, height=2.5)
    sampled = by_lambda[by_lambda.against == "ntk_sampled"].sort_values("ratio")
    at = np.arange(len(sampled))
    bottom = np.zeros(len(sampled))
    for column, colour, hatch, label in (
        ("wins", style.MKL, None, "MKL wins"),
        ("ties", style.LIGHT, None, "ties"),
        ("losses", style.NTK, "////", "NTK wins"),
    ):
        values = sampled[column].to_numpy()
        look = dict(color=colour, hatch=hatch, edgecolor="white", lw=0)
        left.bar(at, values, 0.8, bottom, label=label, **look)
        bottom += values
    left.set_xticks(at, [f"{r:g}" for r in sampled.ratio], rotation=60)
    left.set(xlabel=r"$\lambda / \lambda_{\max}$", ylabel="datasets")
    left.grid(axis="x", visible=False)
    left.legend(
        ncols=3,
        loc="lower center",
        bbox_to_anchor=(0.55, 1.0),
        handlelength=1.0,
        handletextpad=0.5,
        columnspacing=1.0,
        title="MKL against NTK, sampled gates",
        title_fontsize=8,
    )

    for against, colour, marker, line, shift, name in (
        ("ntk_sampled", style.NTK, "o", "-", 0.97, "NTK, sampled gates"),
        ("ntk", style.CLOSED, "s", "--", 1.03, "NTK, closed form"),
    ):
        rows = by_lambda[by_lambda.against == against].sort_values("ratio")
        right.errorbar(
            shift * rows.ratio,  # side by side
            100 * rows.mean_difference,
            yerr=100 * rows.standard_error,
            color=colour,
            marker=marker,
            ls=line,
            capsize=2,
            lw=1,
            label=f"MKL against {name}",
        )
    right.axhline(0, color=style.NEUTRAL, lw=0.8)
    right.set(xscale="log", xlabel=r"$\lambda / \lambda_{\max}$")
    right.set_ylabel("MKL − NTK, mean (points)")
    right.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0))
    style.label_panels((left, right))
    style.certificate(fig, by_lambda.gap.max())
    return fig
