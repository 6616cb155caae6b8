"""Sections of the README whose numbers come from the published tables.

``python -m fixing_ntk.report.findings`` fills the templates in `docs/findings/` from
`results/published/` and writes them to the README, each between its marks.
"""

import re
import textwrap
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from fixing_ntk.report.published import Tables
from fixing_ntk.report.words import FILTERS

WIDTH = 104


def written(readme, templates, published):
    """The README with every section filled anew.

    Parameters
    ----------
    readme : str
        Each section between ``<!-- NAME: ... -->`` and ``<!-- end of NAME -->``.
    templates, published : str or Path
        Folders of the templates ``NAME.md.j2``, and of the tables.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        Naming a template that has no place in the README.
    """
    environment = Environment(
        loader=FileSystemLoader(templates),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= dict(tables=Tables(published))
    environment.filters |= {f.__name__: f for f in FILTERS}
    for path in sorted(Path(templates).glob("*.md.j2")):
        name = path.name.removesuffix(".md.j2")
        text = environment.get_template(path.name).render().strip()
        begin, end = rf"(<!-- {name}: .*? -->\n)", rf"(<!-- end of {name} -->)"
        found = re.search(f"{begin}.*?{end}", readme, re.DOTALL)
        if not found:
            raise ValueError(f"README.md has no place for {path}: put the comments of {name} there")
        readme = f"{readme[: found.end(1)]}{wrapped(text)}\n{readme[found.start(2) :]}"
    return readme


def wrapped(text):
    """Markdown whose paragraphs and items have lines of `WIDTH`; tables and pictures stay."""
    fill = textwrap.TextWrapper(WIDTH, break_long_words=False, break_on_hyphens=False)
    filled = []
    for block in re.split(r"(\n\n|\n(?=- ))", text):
        if block.strip() and not block.startswith(("|", "!")):
            fill.subsequent_indent = "  " if block.startswith("- ") else ""
            block = fill.fill(" ".join(block.split()))
        filled.append(block)
    return "".join(filled)


def main():
    root = Path()
    readme = root / "README.md"
    readme.write_text(
        written(readme.read_text(), root / "docs/findings", root / "results/published")
    )


if __name__ == "__main__":
    main()
