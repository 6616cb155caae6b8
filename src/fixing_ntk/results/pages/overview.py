"""Make the page of a run: its verdict, then every result with its caption, in one HTML file."""

from html import escape
from itertools import groupby
from pathlib import Path

from fixing_ntk.drawing.html import body_of, page, picture, small, sorting

PARTS = {
    "paper": "The paper",
    "beyond": "Beyond the paper",
    "extended": "Beyond the paper, at length",
    "own": "",
}


def overview(title, verdict, lead, items):
    """Return the HTML page of a run: sentences, contents, then every figure and table.

    Parameters
    ----------
    title : str
    verdict : list of str
        First sentences of the page, a paragraph each.
    lead : str
        Paragraph that describes the run.
    items : list of dict
        Results in order: ``section``, ``title``, ``kind`` (a key of `PARTS`), ``caption``, and
        ``files``, paths of an SVG figure, of an HTML table from `drawing.html.page`, or both.
        Results of one kind are placed together, in the order of `PARTS`.

    Returns
    -------
    str
    """
    items = sorted(items, key=lambda item: [*PARTS].index(item["kind"]))  # a stable sort
    said = "".join(f"<p>{escape(sentence)}</p>\n" for sentence in verdict)
    body = f"<h1>{escape(title)}</h1>\n{said}<p>{escape(lead)}</p>\n"
    for kind, of_part in _grouped(items, "kind"):
        heading = f"<h2>{PARTS[kind]}</h2>\n" if PARTS[kind] else ""
        body += f'{heading}<ul class="contents">\n{"".join(map(_entry, of_part))}</ul>\n'
    for kind, of_part in _grouped(items, "kind"):
        for section, of_section in _grouped(of_part, "section"):
            part = f": {PARTS[kind].lower()}" if PARTS[kind] and kind != "paper" else ""
            body += f"<h2>{escape(section)}{part}</h2>\n{''.join(map(_figure, of_section))}"
    if 'class="many"' in body:  # the script is most of a small page
        body += sorting()
    return page(title, body)


def _grouped(items, key):
    return [(value, list(them)) for value, them in groupby(items, lambda item: item[key])]


def _entry(item):
    """Return the HTML of a result's entry in the contents, with a small copy of its figure, if any.

    ``item`` is one of the ``items`` of `overview`.
    """
    drawn = [file for file in item["files"] if Path(file).suffix == ".svg"]
    shown = small(drawn[0], f"{_anchor(item)}-picture") if drawn else ""
    return f'<li><a href="#{_anchor(item)}">{shown}{escape(item["title"])}</a></li>\n'


def _figure(item):
    """Return the HTML of a result: its figure, its table, and its title and caption.

    ``item`` is one of the ``items`` of `overview`.
    """
    shown = "".join(
        picture(file, item["title"], f"{_anchor(item)}-picture")
        if Path(file).suffix == ".svg"
        else body_of(file)
        for file in item["files"]
    )
    words = f"<b>{escape(item['title'])}.</b> {escape(item['caption'])}"
    return f'<figure id="{_anchor(item)}">\n{shown}<figcaption>{words}</figcaption>\n</figure>\n'


def _anchor(item):
    return "".join(c if c.isalnum() else "-" for c in item["title"].lower())
