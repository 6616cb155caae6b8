"""Picture of the workflow: its rules in layers, each to the right of what it needs."""

import re

from fixing_ntk.report.figures import style

ENDS = {"all"}  # targets only
LINE = 0.17  # inches
GAP = 9  # characters between columns


def parse(dot):
    """Rules and what each needs, from ``snakemake --rulegraph``.

    Returns
    -------
    dict of str to set of str
    """
    names = dict(re.findall(r'(\d+)\[label = "(\w+)"', dot))
    needs: dict[str, set] = {name: set() for name in names.values() if name not in ENDS}
    for before, after in re.findall(r"(\d+) -> (\d+)", dot):
        if names[after] in needs:
            needs[names[after]].add(names[before])
    return needs


def reduced(needs):
    """Drop what a rule needs through another rule anyway."""

    def behind(rule):
        return needs[rule].union(*(behind(other) for other in needs[rule]))

    return {
        rule: own - set().union(*(behind(other) for other in own)) for rule, own in needs.items()
    }


def merged(needs):
    """Rules that need the same and are needed by the same become one, named by all of them."""
    users = {rule: frozenset(r for r in needs if rule in needs[r]) for rule in needs}
    groups: dict[tuple, list] = {}
    for rule in sorted(needs):
        groups.setdefault((frozenset(needs[rule]), users[rule]), []).append(rule)
    box = {rule: tuple(group) for group in groups.values() for rule in group}
    return {box[rule]: {box[other] for other in own} for rule, own in needs.items()}


def layers(needs):
    """Boxes by the length of the longest way to them."""

    def depth(box):
        return 1 + max((depth(other) for other in needs[box]), default=-1)

    out: list[list] = [[] for _ in range(1 + max(map(depth, needs)))]
    for box in needs:
        out[depth(box)].append(box)
    return out


def draw(dot):
    """Draw what ``snakemake --rulegraph`` printed."""
    needs = merged(reduced(parse(dot)))
    columns = layers(needs)
    y: dict[tuple, float] = {}
    for column in columns:
        # A box goes near what it needs, so that fewer arrows cross.
        near = {box: sum(y[o] for o in needs[box]) / max(len(needs[box]), 1) for box in column}
        top = sum(len(box) + 1 for box in column) / 2
        for box in sorted(column, key=lambda box: (-near[box], box)):
            y[box] = top - (len(box) + 1) / 2
            top -= len(box) + 1
    tallest = max(sum(len(box) + 1 for box in column) for column in columns)
    fig, ax = style.figure(height=LINE * (tallest + 1))
    fig.set_figwidth(2 * style.WIDTH)
    # Columns as wide as their longest name, with room for arrows.
    widths = [max(len(name) for box in column for name in box) + GAP for column in columns]
    x = {box: sum(widths[:k]) + widths[k] / 2 for k, column in enumerate(columns) for box in column}
    texts = {
        box: ax.text(
            *(x[box], y[box], "\n".join(box)),
            ha="center",
            va="center",
            fontsize=8,
            zorder=3,
            bbox=dict(boxstyle="round,pad=0.4", fc="white", ec=style.NTK, lw=0.9),
        )
        for box in needs
    }
    for box, own in needs.items():
        for other in sorted(own):  # the same bytes each time
            ax.annotate(
                *("", (x[box], y[box]), (x[other], y[other])),
                zorder=1,
                arrowprops=dict(
                    arrowstyle="-|>",
                    color=style.NEUTRAL,
                    lw=0.7,
                    shrinkA=2,
                    shrinkB=2,
                    patchA=texts[other].get_bbox_patch(),
                    patchB=texts[box].get_bbox_patch(),
                ),
            )
    ax.set(xlim=(0, sum(widths)), ylim=(-tallest / 2 - 0.5, tallest / 2 + 0.5))
    ax.axis("off")
    return fig
