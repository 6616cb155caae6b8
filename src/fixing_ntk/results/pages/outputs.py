"""Write the page that lists every result: ``python -m fixing_ntk.results.pages.outputs``."""

from itertools import groupby
from pathlib import Path

from fixing_ntk.results.declaration import LEVELS, OWN, PAPER, results

PAGE = Path("docs/outputs.md")
HEAD = """# What comes out

`make docs` makes this page from the folders of the results, `src/fixing_ntk/results/`. A run writes
each figure to `figures/NAME.svg` and `.png`, and each table to `tables/NAME.csv`, `.md`, `.tex` and
`.html`, in `results/RUN/`; `tables/NAME.json` has the numbers that its notes state. A result by
protocol has one file for each: `NAME_paper`, `NAME_full` and `NAME_folds`. "Claims" are rows of the
table `claims`.
"""
TABLE = """
## {heading}

| result | shows | parts | is |
|---|---|---|---|
"""


def page():
    """Return the text of `docs/outputs.md`: Markdown with a table of results for each section.

    Returns
    -------
    str
    """
    text = HEAD
    for heading, those in groupby(results(*LEVELS, OWN), lambda result: result.declared.section):
        text += TABLE.format(heading=heading)
        text += "".join(_row(result) for result in those)
    return text


def _row(result):
    """Return the line of a result in the Markdown table: name, summary, parts and kind.

    The parts are its figure and table. A result with a computation alone has "claims".
    """
    declared = result.declared
    parts = [part for part in ("figure", "table") if getattr(declared, part)]
    if declared.compute and not parts:
        parts = ["claims"]
    each = ", by protocol" if declared.by_protocol else ""
    kind = {PAPER: "the paper's", OWN: "your own table"}.get(result.kind, "beyond the paper")
    return f"| `{result.name}` | {result.summary} | {' and '.join(parts)}{each} | {kind} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
