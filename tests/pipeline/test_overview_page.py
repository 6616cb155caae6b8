"""The page of a run in a browser: nothing runs out of it, and its tables sort and search."""

import pytest
from browser import chromium, faults, opened


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(finished):
    return finished.folder / "results/tiny/overview.html"


def test_the_page_of_a_run_has_no_fault(browser, page):
    assert faults(browser, [page]) == {}


def test_the_page_opens_with_the_verdict_and_a_picture_of_each_figure(browser, page):
    with opened(browser, page) as tab:
        assert "MKL is at least as accurate as the NTK on" in tab.locator("p").first.inner_text()
        small, whole = tab.locator(".contents svg"), tab.locator("figure > svg")
        assert small.count() == whole.count() > 20
        assert all(one.bounding_box()["width"] < 300 for one in small.all())
        assert tab.locator(".contents a").count() == tab.locator("figure").count()
        parts = tab.locator("h2").all_inner_texts()
        assert parts[:2] == ["The paper", "Beyond the paper"]


def test_a_table_sorts_by_numbers_and_finds_words(browser, page):
    expect = pytest.importorskip("playwright.sync_api").expect  # waits: DataTables acts later
    with opened(browser, page) as tab:
        figure = tab.locator("figure#claims-of-the-paper-and-the-poster")
        rows = figure.locator("tbody tr")
        every = rows.count()
        assert every > 50
        words = figure.locator("input[type=search]")
        words.fill("theorem")
        expect(rows).not_to_have_count(every)
        assert rows.count() > 1
        words.fill("")
        expect(rows).to_have_count(every)
        head = figure.locator("thead th").first
        head.click()
        expect(head).to_have_attribute("aria-sort", "ascending")
        up = rows.locator("td:first-child").all_inner_texts()
        head.click()
        expect(head).to_have_attribute("aria-sort", "descending")
        down = rows.locator("td:first-child").all_inner_texts()
        assert up != down
        assert up[0] == down[-1] == min(up, key=str.casefold)
