"""Figure `exponents`: accuracy on the UCI sets as p goes from the NTK to the optimal kernel."""

from fixing_ntk.comparison.exponents import CHOSEN
from fixing_ntk.drawing import style
from fixing_ntk.programs.lp_mkl import NAMES

ORDER = [*(f"{p:g}" for p in NAMES), CHOSEN]
LOOKS = {
    False: dict(color=style.MKL, marker="o", ls="-", label="masks"),
    True: dict(color="k", marker="s", ls="--", label="masks and the NTK"),
}


def draw(table):
    """Return the figure: accuracy above the NTK's by p, and worst loss to the better method.

    The worst loss is the largest over datasets, in points below the better of NTK and MKL. Points
    without and with the NTK among the kernels have marks of their own.

    Parameters
    ----------
    table : pandas.DataFrame
        The table `exponents`, as read from its CSV file.

    Returns
    -------
    matplotlib.figure.Figure
    """
    table = table.assign(exponent=[_text(p) for p in table.exponent])
    fig, (above, below) = style.figure(1, 2, height=2.7)
    for with_ntk, look in LOOKS.items():
        rows = table[(table.with_ntk == with_ntk) & table.exponent.isin(ORDER)]
        at = [ORDER.index(p) + (0.06 if with_ntk else -0.06) for p in rows.exponent]
        line = [p != CHOSEN for p in rows.exponent]
        for ax, values, error in (
            (above, rows.ntk_mean, rows.ntk_error),
            (below, rows.regret_most, None),
        ):
            values = values.to_numpy()
            at_p = [x for x, of_p in zip(at, line, strict=True) if of_p]
            ax.plot(at_p, values[line], **look)
            alone = look | dict(ls="none", label=None)
            ax.plot(at[-1], values[-1], **alone)
            if error is not None:
                bars = dict(ecolor=look["color"], elinewidth=0.7, fmt="none")
                ax.errorbar(at, values, error.to_numpy(), **bars)
    ntk = table.regret_most[table.method == "NTK"].item()
    above.axhline(0.0, color=style.NTK, lw=0.9, label="NTK")
    below.axhline(ntk, color=style.NTK, lw=0.9)
    below.set_ylim(bottom=min(0.0, below.get_ylim()[0]))
    for ax in (above, below):
        ax.set_xticks(range(len(ORDER)), [*NAMES.values(), "chosen"])
        ax.axvline(len(ORDER) - 1.5, color=style.LIGHT, lw=0.6)
        ax.set_xlabel("p (∞: weights of the NTK, 1: optimal)")
    above.set_ylabel("accuracy above the NTK's (points)")
    below.set_ylabel("worst loss to the better\nof NTK and MKL (points)")
    fig.legend(*above.get_legend_handles_labels(), loc="outside upper center", ncols=3)
    style.label_panels((above, below))
    style.certificate(fig, table.gap.max())
    return fig


def _text(exponent):
    """Return an exponent from a CSV file as text: a number as ``%g`` gives it, text as it is."""
    return exponent if isinstance(exponent, str) else f"{exponent:g}"
