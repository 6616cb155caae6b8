"""HTML pages that need no other file."""

import re
from functools import cache
from html import escape
from pathlib import Path

LONG = 24  # characters, above which the cells of a column may wrap
SORTED_FROM = 11  # rows, from which on a table can be sorted and searched
STYLE = """
body { font: 16px/1.5 Georgia, "Times New Roman", serif; color: #222; background: #fff;
  max-width: 62rem; margin: 0 auto; padding: 0 1rem 3rem; }
h1 { font-size: 1.6rem; line-height: 1.25; } h2 { margin-top: 3rem; border-top: 1px solid #ccc; }
figure { margin: 2rem 0; } figcaption, ul { font-size: .9rem; color: #444; }
svg { width: 100%; height: auto; max-width: 44rem; display: block; margin: 0 auto; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font: .78rem/1.35 system-ui, sans-serif;
  font-variant-numeric: tabular-nums; border-top: 1.5px solid; border-bottom: 1.5px solid; }
th, td { padding: .2rem .55rem; text-align: right; white-space: nowrap; vertical-align: top; }
th:first-child, td:first-child, .text { text-align: left; }
.text { white-space: normal; min-width: 11rem; }
table.dataTable > thead > tr > th, table.dataTable > tbody > tr > td { padding: .2rem .55rem; }
.contents { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr));
  gap: .8rem; padding: 0; list-style: none; font: .78rem/1.3 system-ui, sans-serif; }
.contents svg { border: 1px solid #ddd; margin-bottom: .25rem; }
thead { border-bottom: 1px solid; } tbody tr:nth-child(even) { background: #f6f6f6; }
"""


def page(title, body):
    """Return a whole HTML document with a title and the HTML of its body."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n{body}</body>\n</html>\n"
    )


@cache
def sorting():
    """Return HTML of the script by which readers sort and search tables of class "many".

    The script is DataTables, from itables. A browser without scripts shows the tables as they are.
    """
    import itables

    folder = Path(itables.__file__).parent / "html"
    code, style = ((folder / f"dt_bundle.{kind}").read_text("utf-8") for kind in ("js", "css"))
    for mark in ("</script", "<!--"):  # strings in the code that would end this script
        code = code.replace(mark, f"{mark[0]}\\{mark[1:]}")
    return f"""<style>{style}</style>
<script type="text/plain" id="datatables">{code}</script>
<script type="module">
const code = document.getElementById("datatables").textContent;
const url = URL.createObjectURL(new Blob([code], {{type: "text/javascript"}}));
const {{default: DataTable}} = await import(url);
for (const table of document.querySelectorAll("table.many"))
  new DataTable(table, {{paging: false, info: false, order: [], autoWidth: false}});
</script>
"""


def body_of(path):
    """Return the HTML of the body of a file that holds a `page`."""
    return Path(path).read_text(encoding="utf-8").split("<body>\n")[1].rsplit("</body>", 1)[0]


def table(printed, notes):
    """Return HTML of the data frame ``printed``, with ``notes``, a list of str, as a list under it.

    The index is not shown. Special characters are escaped, and a cell in backticks is code. A table
    of at least `SORTED_FROM` rows is of class "many", see `sorting`. Only columns with a cell above
    `LONG` characters wrap.
    """
    text = [printed[name].astype(str).str.len().max() > LONG for name in printed]

    def row(tag, cells):
        marked = (f'<{tag} class="text">' if wraps else f"<{tag}>" for wraps in text)
        filled = (f"{start}{_cell(c)}</{tag}>" for start, c in zip(marked, cells, strict=True))
        return f"<tr>{''.join(filled)}</tr>\n"

    body = "".join(row("td", cells) for cells in printed.itertuples(index=False))
    below = "".join(f"<li>{escape(note)}</li>\n" for note in notes)
    many = ' class="many"' if len(printed) >= SORTED_FROM else ""
    return (
        f'<div class="wide"><table{many}>\n<thead>{row("th", printed.columns)}</thead>\n'
        f"<tbody>\n{body}</tbody>\n</table></div>\n<ul>\n{below}</ul>\n"
    )


def picture(svg, name, anchor):
    """Return the drawing of an SVG file as inline HTML, a str.

    ``svg`` is the path of the file. The drawing gets the id ``anchor``, and ``name`` as its label.
    Numbers of three or more decimals are rounded to five significant digits, which keeps pages
    small. Reports embed pages, and browsers show no embedded page above 2 MB.
    """
    text = Path(svg).read_text(encoding="utf-8")
    drawing = re.sub(
        r"\s*<metadata>.*?</metadata>", "", text[text.index("<svg") :], flags=re.DOTALL
    )
    drawing = re.sub(r"-?\d+\.\d{3,}", lambda number: f"{float(number[0]):.5g}", drawing)
    label = f'<svg id="{anchor}" role="img" aria-label="{escape(name)}" '
    return drawing.replace("<svg ", label, 1)


def small(svg, anchor):
    """Return HTML that shows the `picture` with the id ``anchor`` a second time on its page.

    The copy takes its size from the place it stands in. ``svg`` is the path of the picture's file,
    which gives the proportions.
    """
    box = re.search(r'viewBox="[^"]*"', Path(svg).read_text(encoding="utf-8"))
    use = f'<use href="#{anchor}" width="100%" height="100%"/>'
    return f'<svg {box[0] if box else ""} aria-hidden="true">{use}</svg>'


def _cell(value):
    """Return a cell as HTML with special characters escaped.

    A cell that begins and ends with a backtick becomes code, without these two backticks. Other
    backticks stay in the text.
    """
    text = str(value)
    if text.startswith("`") and text.endswith("`"):
        return f"<code>{escape(text[1:-1])}</code>"
    return escape(text)
