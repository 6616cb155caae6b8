"""Write the sections of README.md and docs/ whose numbers come from the published tables.

``python -m fixing_ntk.results.pages.findings`` fills the templates in `docs/findings/` and writes
each to the page that has its marks. Templates read the facts of the published tables of every level
as ``facts.NAME``, and the benchmark's facts as ``bench.NAME``.
"""

import json
import re
import textwrap
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, UndefinedError

from fixing_ntk.results.pages.template_filters import FILTERS

WIDTH = 104


def written(pages, templates, published):
    """Return the text of the pages, with every section replaced by its template filled with facts.

    Parameters
    ----------
    pages : dict of str to str
        Text of the pages by name. A section is marked by ``<!-- NAME: ... -->`` and ``<!-- end of
        NAME -->``.
    templates, published : str or Path
        Folder of the templates ``NAME.md.j2``, and folder of the published tables, whose facts are
        in ``.json`` files. Facts of its subfolder ``extended`` count too, those of ``bench`` apart.

    Returns
    -------
    dict of str to str
        All pages by name, also those without a section. No file is written.

    Raises
    ------
    ValueError
        If no page has marks for a template, or no table has a fact that a template states; the
        message names it.
    """
    published, environment = Path(published), _environment(Path(templates))
    stated = dict(
        facts=facts(published / "extended") | facts(published), bench=facts(published / "bench")
    )
    pages = dict(pages)
    for path in sorted(Path(templates).glob("*.md.j2")):
        name = path.name.removesuffix(".md.j2")
        try:
            text = environment.get_template(path.name).render(stated).strip()
        except UndefinedError as error:
            raise ValueError(
                f"{path}: {error}: no published table has this fact; run `make beyond` or "
                "`make extended`, or `make bench` for the benchmark's, and then `make publish`"
            ) from error
        marks = re.compile(
            rf"(?<=<!-- {name}: )(.*? -->\n).*?(?=<!-- end of {name} -->)", re.DOTALL
        )
        places = [page for page, now in pages.items() if marks.search(now)]
        if not places:
            raise ValueError(f"no page has a place for {path}: put the comments of {name} on one")
        section = wrapped(text).replace("\\", r"\\")
        for page in places:
            pages[page] = marks.sub(rf"\g<1>{section}\n", pages[page])
    return pages


@cache
def _environment(templates):
    """Return the Jinja environment of a folder of templates; an undefined fact is an error."""
    environment = Environment(
        loader=FileSystemLoader(templates),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {f.__name__: f for f in FILTERS}
    return environment


def facts(folder):
    """Return the contents of every ``.json`` file in a folder, by file name without ending."""
    return {path.stem: json.loads(path.read_text("utf-8")) for path in folder.glob("*.json")}


def read(root):
    """Return the text of README.md and of each ``docs/*.md``, by path relative to ``root``."""
    paths = [root / "README.md", *sorted((root / "docs").glob("*.md"))]
    return {path.relative_to(root).as_posix(): path.read_text("utf-8") for path in paths}


def wrapped(text):
    """Wrap paragraphs and list items of Markdown at `WIDTH` columns; tables and pictures stay."""
    fill = textwrap.TextWrapper(WIDTH, break_long_words=False, break_on_hyphens=False)
    filled = []
    for block in re.split(r"(\n\n|\n(?=- ))", text):
        if block.strip() and not block.startswith(("|", "!")):
            fill.subsequent_indent = "  " if block.startswith("- ") else ""
            block = fill.fill(" ".join(block.split()))
        filled.append(block)
    return "".join(filled)


def main():
    """Fill the sections in README.md and docs/ of the working directory from published facts."""
    root = Path()
    for name, text in written(
        read(root), root / "docs/findings", root / "results/published"
    ).items():
        (root / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
