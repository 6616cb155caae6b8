"""The page of a run: every result in order, with its caption, in one HTML file."""

from html import escape
from itertools import groupby
from pathlib import Path

from fixing_ntk.drawing.html import body_of, page, picture

KINDS = {
    "paper": "The paper's.",
    "beyond": "Beyond the paper.",
    "extended": "Beyond the paper, at length.",
    "own": "",
}


def overview(title, lead, items):
    """Every figure and table on one page.

    Parameters
    ----------
    title, lead : str
    items : list of dict
        Results in order: ``section``, ``title``, ``kind`` (of `KINDS`), ``caption``, and ``files``,
        SVG or HTML of `drawing.html.page`.

    Returns
    -------
    str
    """
    sections = {name: list(them) for name, them in groupby(items, lambda item: item["section"])}
    contents = "".join(
        f'<li><a href="#{_anchor(heading)}">{escape(heading)}</a></li>\n' for heading in sections
    )
    body = f"<h1>{escape(title)}</h1>\n<p>{escape(lead)}</p>\n<ul>\n{contents}</ul>\n"
    for heading, of_section in sections.items():
        body += f'<h2 id="{_anchor(heading)}">{escape(heading)}</h2>\n'
        for item in of_section:
            shown = "".join(
                picture(file, item["title"]) if Path(file).suffix == ".svg" else body_of(file)
                for file in item["files"]
            )
            kind = f"<i>{KINDS[item['kind']]}</i> " if KINDS[item["kind"]] else ""
            words = f"<b>{escape(item['title'])}.</b> {kind}{escape(item['caption'])}"
            body += f"<figure>\n{shown}<figcaption>{words}</figcaption>\n</figure>\n"
    return page(title, body)


def _anchor(heading):
    return "".join(c if c.isalnum() else "-" for c in heading.lower())
