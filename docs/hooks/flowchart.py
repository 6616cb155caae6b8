"""Flowcharts in Mermaid as SVG, drawn when the site is built: a browser would fetch a library."""

from itertools import pairwise, product
from statistics import mean

ROW, HEIGHT, MARGIN = 62, 28, 8  # pixels: from row to row, of a box, around the picture
LETTER, PADDING, LINE = 7.3, 20, 26  # width of a letter, within a box, of a line that passes a row
SWEEPS = 8  # over the rows, each of which puts boxes below those that they follow


def arrows(text):
    """Arrows of a flowchart whose lines are ``a & b --> c --> d``, in their order.

    Parameters
    ----------
    text : str
        Mermaid: its first line is the direction.

    Returns
    -------
    list of (str, str)
    """
    found = []
    for line in text.strip().splitlines()[1:]:
        steps = [step.split(" & ") for step in line.strip().split(" --> ")]
        found += [arrow for before, after in pairwise(steps) for arrow in product(before, after)]
    return found


def svg(text):
    """Draw a flowchart from top to bottom, in the colour of the text around it."""
    pairs = arrows(text)
    rows, routes = _routed(pairs, _levels(pairs))
    x = _places(rows, [step for route in routes for step in pairwise(route)])
    width = max(x[node] + _width(node) / 2 for row in rows for node in row) + MARGIN
    height = ROW * (len(rows) - 1) + HEIGHT + 2 * MARGIN
    y = {node: MARGIN + ROW * i for i, row in enumerate(rows) for node in row}
    parts = [_curve(route, x, y) for route in routes]
    parts += [_box(node, x[node], y[node]) for row in rows for node in row if isinstance(node, str)]
    names = ", ".join(f"{a} to {b}" for a, b in pairs)
    head = '<marker id="head" viewBox="0 0 6 6" refX="6" refY="3" markerWidth="6" markerHeight="6"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" role="img" '
        f'aria-label="{names}" style="max-width: {width:.0f}px" fill="none" stroke="currentColor">'
        f'<defs>{head} orient="auto"><path d="M0 0L6 3L0 6z" fill="currentColor"/></marker></defs>'
        f"{''.join(parts)}</svg>"
    )


def _levels(pairs):
    """Row of each node: below all that it follows; one that follows none, above the next."""
    nodes = dict.fromkeys(node for pair in pairs for node in pair)
    level = dict.fromkeys(nodes, 0)
    for _ in nodes:
        for a, b in pairs:
            level[b] = max(level[b], level[a] + 1)
    for node in nodes.keys() - {b for _, b in pairs}:
        level[node] = min(level[b] for a, b in pairs if a == node) - 1
    return level


def _routed(pairs, level):
    """Rows of nodes, with a place ``(a, b, row)`` for an arrow that passes a row, and routes."""
    rows = [[node for node in level if level[node] == i] for i in range(max(level.values()) + 1)]
    routes = []
    for a, b in pairs:
        passed = [(a, b, i) for i in range(level[a] + 1, level[b])]
        for place in passed:
            rows[place[2]].append(place)
        routes.append([a, *passed, b])
    return rows, routes


def _places(rows, steps):
    """Horizontal place of each node; rows are put in the order of what is above and below them."""
    x = {}
    for row in rows:
        _spread(row, x)
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        for row in rows if down else rows[::-1]:
            beside = {node: [] for node in row}
            for a, b in steps:
                node, other = (b, a) if down else (a, b)
                if node in beside:
                    beside[node].append(x[other])
            row.sort(key=lambda node: mean(beside[node] or [x[node]]))
            _spread(row, x)
    left = min(x[node] - _width(node) / 2 for row in rows for node in row) - MARGIN
    return {node: place - left for node, place in x.items()}


def _spread(row, x):
    place = -sum(map(_width, row)) / 2
    for node in row:
        x[node] = place + _width(node) / 2
        place += _width(node)


def _width(node):
    return LETTER * len(node) + 2 * PADDING if isinstance(node, str) else LINE


def _box(name, x, y):
    width = _width(name) - PADDING
    return (
        f'<rect x="{x - width / 2:.0f}" y="{y}" width="{width:.0f}" height="{HEIGHT}" rx="5"/>'
        f'<text x="{x:.0f}" y="{y + HEIGHT / 2 + 4:.0f}" text-anchor="middle" font-size="12" '
        f'font-family="monospace" fill="currentColor" stroke="none">{name}</text>'
    )


def _curve(route, x, y):
    path = f"M{x[route[0]]:.0f} {y[route[0]] + HEIGHT}"
    for a, b in pairwise(route):
        middle = (y[a] + HEIGHT + y[b]) / 2
        path += f"C{x[a]:.0f} {middle:.0f} {x[b]:.0f} {middle:.0f} {x[b]:.0f} {y[b]}"
        path += f"V{y[b] + HEIGHT}" if b != route[-1] else ""
    return f'<path d="{path}" stroke-opacity="0.6" marker-end="url(#head)"/>'
