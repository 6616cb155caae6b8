"""Figures of the benchmark."""

from itertools import pairwise

import numpy as np
from matplotlib.ticker import LogLocator, NullFormatter

from fixing_ntk.benchmark.scaling import slopes, way
from fixing_ntk.benchmark.summary import plain_name, profile
from fixing_ntk.drawing import style

# Other colours than blue and orange, which mean NTK and MKL; line styles and markers differ too.
LOOKS: dict[str, dict] = {
    "default": dict(color="#000000", ls="-", marker="o", lw=2.0),
    "fista": dict(color="#009E73", ls="--", marker="s"),
    "irls": dict(color="#56B4E9", ls=":", marker="D"),
    "conic": dict(color="#332288", ls=(0, (6, 2)), marker="p"),
    "adelie": dict(color="#CC79A7", ls=(0, (3, 1, 1, 1)), marker="^", mfc="white"),
    "skglm": dict(color="#882255", ls="-.", marker="v"),
    "celer": dict(color="#999933", ls=(0, (5, 1, 1, 1, 1, 1)), marker="P"),
    "scnn": dict(color="#444444", ls=(0, (1, 1)), marker="X"),
    "cvxpy": dict(color="#888888", ls=(0, (2, 3)), marker="*"),
}
# Solvers of the ReLU and logistic programs, and the gated program's solver whose look they have.
LIKE = {"newton": "default", "admm_small": "fista", "admm": "irls", "admm_large": "celer"}
NEW = dict(color="#0B775E", ls=(0, (8, 2, 1, 2)), marker="h")  # for a peer without a look above
FOUR_COLUMNS = 60  # characters of a legend's four longest names that fit side by side
NAMES = {
    "default": "default (ours)",
    "fista": "FISTA (ours)",
    "irls": "IRLS (ours)",
    "conic": "cone program (ours)",
    "cvxpy": "CVXPY, Clarabel",
    "scnn": "SCNN",
    "newton": "default (ours)",
    "admm_small": "ADMM, ρ = λ/10",
    "admm": "ADMM, ρ = λ",
    "admm_large": "ADMM, ρ = 10 λ",
}


def look_of(solver):
    """Return a dict of arguments of `Axes.plot`: the colour, line style and marker of a solver.

    A solver of the ReLU or logistic program has the look of a solver of the gated program: of the
    one that `LIKE` names, else of the one with the same plain name. Others look like `NEW`.
    """
    name = plain_name(solver)
    return LOOKS.get(LIKE.get(name, name), NEW)


def performance_profile(rows):
    """Return the figure of Dolan and Moré's performance profiles, a panel for each gap.

    A curve is the share of problems that a solver solved within a factor of the best time; a
    problem is an instance and a penalty. ``rows`` are those of `protocol.measure`, for all solvers
    of a panel, as a pandas.DataFrame.
    """
    gaps = sorted(rows.gap.unique(), reverse=True)
    fig, axes = style.figure(1, len(gaps), height=2.5, sharey=True, sharex=True, squeeze=False)
    curves = {gap: profile(rows, gap) for gap in gaps}
    widest = 1.3 * max(x[-1] for at in curves.values() for x, _ in at.values() if len(x))
    for ax, gap in zip(axes[0], gaps, strict=True):
        for k, (solver, (x, share)) in enumerate(curves[gap].items()):
            # Markers start at different places, so that they are visible where curves meet.
            look = look_of(solver) | dict(ms=3, markevery=(0.1 + 0.03 * k, 0.3))
            at = np.concatenate([[1.0], x, [widest]])
            level = np.concatenate([[0.0], share, share[-1:] if len(share) else [0.0]])
            ax.step(at, level, where="post", label=_name(solver), **look)
        ax.set(xscale="log", xlim=(1, widest), ylim=(0, 1.03))
        ax.set_title(f"gap {_power(gap)}")
    axes[0, 0].set_ylabel("share of problems")
    fig.supxlabel("time / best time", fontsize=9)
    _legend(fig, axes[0, 0])
    return fig


def panel_times(rows, gap):
    """Return the figure of the times to one gap, a panel for each instance.

    Times are in CPU seconds, against ``lam / lambda_max``. ``rows`` are those of
    `protocol.measure`, for all solvers of a panel of the benchmark, as a pandas.DataFrame. A solver
    that did not reach the gap has no point.
    """
    instances = list(rows.instance.unique())
    columns = min(3, 4, key=lambda k: -len(instances) % k)  # with fewer empty places
    columns = min(columns, len(instances))
    lines = -(-len(instances) // columns)
    fig, axes = style.figure(lines, columns, height=0.6 + 1.75 * lines, sharex=True, squeeze=False)
    at = rows[rows.gap == gap]
    for ax, instance in zip(axes.flat, instances, strict=False):
        here = at[at.instance == instance]
        for solver in rows.solver.unique():
            own = here[here.solver == solver].sort_values("ratio")
            ax.plot(own.ratio, own.seconds, label=_name(solver), **(look_of(solver) | {"ms": 3}))
        first = here.iloc[0]
        ax.set_title(f"{instance}\nn {first.n}, d {first.d}, p {first.p}", fontsize=8)
        ax.set(xscale="log")
        if here.seconds.notna().any():
            ax.set(yscale="log")
        else:
            ax.text(0.5, 0.5, "not reached", ha="center", transform=ax.transAxes, fontsize=8)
        ax.set_xticks(sorted(at.ratio.unique()), [f"{r:g}" for r in sorted(at.ratio.unique())])
        ax.xaxis.set_minor_formatter(NullFormatter())
        ax.minorticks_off()
        if ax.get_yscale() == "log":
            ax.yaxis.set_major_locator(LogLocator(numticks=6))
        else:
            ax.set_yticks([])
    for ax in axes.flat[len(instances) :]:
        ax.set_visible(False)
    for k in range(max(len(instances) - columns, 0), len(instances)):  # the last of each column
        axes.flat[k].tick_params(labelbottom=True)
    fig.supylabel(f"seconds to gap {_power(gap)}", fontsize=9)
    fig.supxlabel(r"$\lambda / \lambda_{\max}$", fontsize=9)
    _legend(fig, axes[0, 0])
    return fig


def memory(rows):
    """Return the figure of each solver's peak memory on each instance, over all penalties.

    A mark is the maximum over penalties, of the whole process. It is hollow where the solver was
    stopped at the limit of memory, at any penalty. ``rows`` are those of `protocol.measure`, for
    all solvers of a panel, as a pandas.DataFrame.
    """
    instances = list(rows.instance.unique())
    solvers = list(rows.solver.unique())
    peak = rows.groupby(["solver", "instance"]).peak_mb.max()
    stopped = rows[rows.status == "out of memory"]
    stopped = set(zip(stopped.solver, stopped.instance, strict=True))
    fig, ax = style.figure(height=1.0 + 0.42 * len(instances))
    for k, solver in enumerate(solvers):
        offset = 0.09 * (k - (len(solvers) - 1) / 2)
        look = {key: look_of(solver)[key] for key in ("color", "marker")} | dict(ls="none", ms=5)
        rest = dict(look, label=_name(solver))
        for i, instance in enumerate(instances):
            hollow = dict(mfc="white") if (solver, instance) in stopped else {}
            ax.plot(peak.get((solver, instance)), i + offset, **(rest | hollow))
            rest.pop("label", None)
    ax.set_yticks(range(len(instances)), instances)
    ax.invert_yaxis()
    ax.set(xscale="log", xlabel="peak memory, MB (hollow: stopped at the limit)")
    _legend(fig, ax)
    return fig


def scaling(rows):
    """Return the figure of time and peak memory against samples, features and masks.

    A line is of one penalty and one `scaling.way` of solving. The legends over the times have the
    exponents of time from `slopes`, where it has them. Marks are hollow where masks were
    regenerated. ``rows`` are those of `benchmark.scaling.measure` along the three axes, as a
    pandas.DataFrame.
    """
    titles = {"n": "samples n", "d": "features d", "p": "masks p"}
    rows = rows.assign(way=way(rows))
    fits = slopes(rows)
    ratios = rows.ratio.unique()
    looks = dict(zip(ratios, style.looks(len(ratios)), strict=True))
    fig, axes = style.figure(2, 3, height=3.9, sharex="col", sharey="row")
    for column, (axis, title) in zip(axes.T, titles.items(), strict=True):
        along = rows[rows.axis == axis]
        for (ratio, how), part in along.groupby(["ratio", "way"], sort=False):
            look = looks[ratio] | (dict(mfc="white") if part.regenerated.all() else {})
            fit = fits.get((axis, ratio, how))
            grows = fit and fit[0] is not None
            label = f"{_plain(how)}: ${axis}^{{{fit[0]:.2f}}}$" if grows else None
            column[0].plot(part.value, part.seconds, label=label, **look)
            column[1].plot(part.value, part.peak_mb, **look)
        _switches(column, along)
        if column[0].get_legend_handles_labels()[0]:
            # On white, since a line of `_switches` may pass behind it.
            opaque = dict(frameon=True, framealpha=1.0, edgecolor="none")
            column[0].legend(loc="upper left", fontsize=7, borderpad=0.1, **opaque)
        for ax, scale in zip(column, ("log", "linear"), strict=True):
            ax.set(xscale="log", yscale=scale)
            ax.xaxis.set_minor_formatter(NullFormatter())
        column[1].set_xlabel(title)
    low, high = axes[0, 0].get_ylim()
    axes[0, 0].set_ylim(low, high * 50)  # room for the legends
    axes[0, 0].set_ylabel("seconds")
    axes[1, 0].set_ylabel("peak memory, MB")
    axes[1, 0].set_ylim(0)
    for ratio, look in looks.items():
        axes[1, 0].plot([], [], label=rf"$\lambda = {ratio:g}\,\lambda_{{\max}}$", **look)
    _legend(fig, axes[1, 0])
    return fig


def _switches(column, along):
    """Draw vertical lines where the `way` of solving changes between sizes, and name the new way.

    A line is in both panels of a column of the figure, and the name is in the lower one, of memory.
    ``column`` are the axes of these panels, of time and of memory. ``along`` are the rows along the
    size of this column, with their way in the column ``way``.
    """
    found = {
        (before.value, after.value, after.way)
        for _, group in along.groupby("ratio")
        for before, after in pairwise(group.sort_values("value").itertuples())
        if before.way != after.way
    }
    for low, high, how in sorted(found):
        at = np.sqrt(low * high)
        for ax in column:
            ax.axvline(at, color=style.NEUTRAL, lw=0.6)
        column[1].annotate(
            _plain(how),
            (at, 0.98),
            xycoords=("data", "axes fraction"),
            xytext=(1, 0),
            textcoords="offset points",
            rotation=90,
            va="top",
            fontsize=6.5,
            color=style.NEUTRAL,
        )


def _plain(how):
    return how.replace("_", " ")


def _name(solver):
    name = plain_name(solver)
    return NAMES.get(name, name)


def _power(gap):
    return f"$10^{{{round(np.log10(gap))}}}$"


def _legend(fig, ax):
    """Put the legend of the lines in ``ax`` above the panels of the figure ``fig``."""
    handles, labels = ax.get_legend_handles_labels()
    wide = sum(sorted(map(len, labels))[-4:]) > FOUR_COLUMNS
    fig.legend(
        handles, labels, loc="outside upper center", ncols=3 if wide else 4, handlelength=3.2
    )
