"""HTML pages of tables, and the page of everything."""

import re
from html import unescape

import pandas as pd
import pytest

from fixing_ntk.drawing import html as pages
from fixing_ntk.drawing import style
from fixing_ntk.results.pages.opening import opening
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
    """But for the parts: the paper's results come first."""
    table = tmp_path / "t.html"
    table.write_text(pages.page("t", pages.table(pd.DataFrame({"a": [1]}), ["certified"])))
    other = dict(section="Sooner", title="other", kind="beyond", caption="Also.", files=[table])
    first = dict(section="Later", title="first", kind="paper", caption="See.", files=[svg, table])
    more = first | dict(title="second", files=[table])
    text = overview("Title", ["Verdict."], "Lead.", [other, first, more])
    assert "<script" not in text, "no table is long"
    parts = [
        *("<h1>Title", "<p>Verdict.", "<p>Lead.", "<h2>The paper", 'href="#first"', "<use"),
        *('href="#second"', "<h2>Beyond the paper", 'href="#other"', "<h2>Later<", 'id="first"'),
        *("<svg", "certified", "See.", 'id="second"', "<h2>Sooner: beyond the paper", "Also."),
    ]
    at = 0
    for part in parts:
        at = text.index(part, at)
    assert text.count("<h2>Later<") == 1
    assert not re.findall(r'(?:src|href)="(?!#)', text.replace("xlink:href", "href"))


@pytest.mark.parametrize(("rows", "many"), [(10, False), (11, True)])
def test_a_table_of_more_than_ten_rows_can_be_sorted(rows, many):
    printed = pd.DataFrame({"a": range(rows)})
    assert ('<table class="many">' in pages.table(printed, [])) == many


def test_the_script_of_sorting_ends_nowhere_before_its_end():
    code = pages.sorting().split('<script type="text/plain" id="datatables">')[1]
    code = code.split("</script>")[0]
    assert "<!--" not in code
    assert code.rstrip().endswith("*/")


FACT = dict(protocol="paper", splits=1, datasets=33, mean=-0.12, median=0.31, wilcoxon=0.8905)


def test_the_verdict_has_the_papers_count_beside_the_runs():
    one = FACT | {"each_split": {"at_least": 22.0}}
    ten = FACT | dict(protocol="full", splits=10, wilcoxon=None, each_split={"at_least": 19.2})
    claims = dict(theorems=36, findings=19, held=18)
    facts = {"uci_accuracy_full": ten, "claims": claims, "uci_accuracy_paper": one}
    assert opening(facts) == [
        "Protocol paper, one split: MKL is at least as accurate as the NTK on 22 of 33 sets, where "
        "the paper reports 26 of 33. On average it is 0.1 points below the NTK, at the median 0.3 "
        "points above it (Wilcoxon p = 0.89).",
        "Protocol full, 10 splits, on average: MKL is at least as accurate as the NTK on 19.2 of "
        "33 sets. On average it is 0.1 points below the NTK, at the median 0.3 points above it.",
        "All 36 theorems hold, which checks the code, and 18 of 19 findings, which could have come "
        "out otherwise.",
    ]
    few = opening({"uci_accuracy_paper": one | {"datasets": 2, "each_split": {"at_least": 1.0}}})
    assert "on 1 of 2 sets, where the paper reports 26 of 33 other sets." in few[0]
    assert opening({}) == []


def test_a_picture_loses_digits_that_nobody_sees(svg):
    drawing = pages.picture(svg, "line", "here")
    assert len(drawing) < len(svg.read_text())
    assert drawing.startswith('<svg id="here" role="img" aria-label="line" ')
    assert pages.small(svg, "here").startswith('<svg viewBox="0 0 396 ')
    kept, drawn = (
        [
            float(number)
            for path in re.findall(r' d="([^"]*)"', text)
            for number in re.findall(r"-?\d[\d.]*(?:e-?\d+)?", path)
        ]
        for text in (drawing, svg.read_text())
    )
    assert kept == pytest.approx(drawn, rel=1e-4)
