"""HTML pages of tables, and the page of everything."""

import re
from html import unescape

import pandas as pd
import pytest

from fixing_ntk.drawing import html as pages
from fixing_ntk.drawing import style
from fixing_ntk.results.pages.overview import overview


@pytest.fixture
def svg(tmp_path):
    fig, ax = style.figure()
    ax.plot([0, 1 / 3, 1], [0, 1 / 7, 1], label="<line>")
    ax.legend()
    style.save(fig, tmp_path / "line.svg")
    return tmp_path / "line.svg"


def test_a_table_holds_every_cell_and_note_and_no_markup_of_theirs():
    printed = pd.DataFrame({"set": ["a<b", "c"], "gap < 1": ["1e-6", "`make quick`"]})
    fragment = pages.table(printed, ["λ & μ"])
    cells = re.findall(r"<t[hd](?: [^>]*)?>(.*?)</t[hd]>", fragment)
    plain = [unescape(re.sub("</?code>", "", cell)) for cell in cells]
    assert plain == ["set", "gap < 1", "a<b", "1e-6", "c", "make quick"]
    assert "a&lt;b" in fragment
    assert "<code>make quick</code>" in fragment
    assert "<li>λ &amp; μ</li>" in fragment


def test_long_text_wraps_and_numbers_do_not():
    printed = pd.DataFrame({"claim": ["many words " * 5], "value": ["1.0"]})
    assert re.findall(r"<td[^>]*>", pages.table(printed, [])) == ['<td class="text">', "<td>"]


def test_the_page_keeps_the_order_and_needs_no_other_file(tmp_path, svg):
    table = tmp_path / "t.html"
    table.write_text(pages.page("t", pages.table(pd.DataFrame({"a": [1]}), ["certified"])))
    first = dict(section="Later", title="first", kind="paper", caption="See.", files=[svg, table])
    other = dict(section="Sooner", title="other", kind="beyond", caption="Also.", files=[table])
    text = overview("Title", "Lead.", [first, first, other])
    parts = ("Title", "Lead.", "<svg", "certified", "The paper's.", "See.", "Beyond the paper.")
    where = [text.index(part) for part in parts]
    assert where == sorted(where)
    assert text.count('<h2 id="later">') == text.count('<h2 id="sooner">') == 1
    assert text.index('<h2 id="later">') < text.index('<h2 id="sooner">')
    assert not re.findall(r'(?:src|href)="(?!#)', text.replace("xlink:href", "href"))


def test_a_picture_loses_digits_that_nobody_sees(svg):
    drawing = pages.picture(svg, "line")
    assert len(drawing) < len(svg.read_text())
    kept, drawn = (
        [
            float(number)
            for path in re.findall(r' d="([^"]*)"', text)
            for number in re.findall(r"-?\d[\d.]*(?:e-?\d+)?", path)
        ]
        for text in (drawing, svg.read_text())
    )
    assert kept == pytest.approx(drawn, rel=1e-4)
