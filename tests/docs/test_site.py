"""The documentation's site: strict, without dead links, whole, and nothing in it is fetched."""

import json
import re
from html.parser import HTMLParser
from importlib import import_module
from urllib.parse import unquote, urlsplit

import pytest
from browser import chromium, faults, opened
from checkout import Checkout
from project import ROOT

PACKAGES = [
    "estimators",
    "estimators.persistence",
    "solvers",
    "masks",
    "programs",
    "kernels",
    "relu",
    "data.own",
]
MADE = ["configuration.md", "outputs.md", "tutorial.md"]


class Page(HTMLParser):
    """Anchors, links, and what a browser fetches for a page."""

    def __init__(self, path):
        super().__init__()
        self.anchors, self.links, self.fetched = set(), [], []
        self.feed(path.read_text())

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.anchors |= {attrs.get("id"), attrs.get("name")} - {None}
        if tag == "a" and attrs.get("href"):
            self.links.append(attrs["href"])
        if tag in ("img", "script") and attrs.get("src"):
            self.fetched.append(attrs["src"])
        if tag == "link" and attrs.get("rel") in ("stylesheet", "icon", "preload", "preconnect"):
            self.fetched.append(attrs["href"])


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A copy of the project in which `make docs` has run, without two of the pages it makes."""
    clone = Checkout(tmp_path_factory.mktemp("clone") / "fixing_ntk")
    for name in MADE[:2]:
        (clone.folder / "docs" / name).unlink()
    clone.run("make docs")
    return clone


@pytest.fixture(scope="module")
def site(clone):
    """Pages of the site as built, by path."""
    pages = sorted((clone.folder / "site").rglob("*.html"))
    return {path: Page(path) for path in pages if path.name != "404.html"}


@pytest.mark.parametrize("made", MADE)
def test_the_pages_that_are_made_are_up_to_date(clone, made):
    assert (clone.folder / "docs" / made).read_bytes() == (ROOT / "docs" / made).read_bytes()


def dead(site):
    """Links and pictures that lead nowhere, each with its page."""
    for path, page in site.items():
        for link in [*page.links, *page.fetched]:
            parts = urlsplit(link)
            if parts.scheme in ("http", "https", "mailto", "data"):
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not target.exists():
                yield path.name, link
            elif parts.fragment and target in site:
                fragment = unquote(parts.fragment)
                if fragment not in site[target].anchors and not fragment.startswith("__"):
                    yield path.name, link


def test_no_link_is_dead(site):
    assert len(site) > 20
    assert sum(len(page.links) for page in site.values()) > 1000
    assert list(dead(site)) == []


def test_a_dead_link_would_be_seen(site):
    path, page = next((p, q) for p, q in site.items() if p.name == "mathematics.html")
    page.links += ["nowhere.html", "index.html#nothing"]
    found = [link for name, link in dead(site) if name == path.name]
    del page.links[-2:]
    assert found == ["nowhere.html", "index.html#nothing"]


def test_nothing_is_fetched_from_elsewhere(site):
    fetched = {link for page in site.values() for link in page.fetched}
    assert [link for link in fetched if urlsplit(link).scheme in ("http", "https")] == []


def test_every_public_name_has_its_docstring_on_an_api_page(site):
    text = {path.stem: path.read_text() for path in site if path.parent.name == "api"}
    for package in PACKAGES:
        module = import_module(f"fixing_ntk.{package}")
        page = text[package.rpartition(".")[2]]
        for name in module.__all__:
            assert re.search(rf'id="fixing_ntk\.[\w.]*\.{name}"', page), f"{package}.{name}"
    import fixing_ntk

    shown = "".join(text.values())
    for name in fixing_ntk.__all__:
        assert re.search(rf'id="fixing_ntk\.[\w.]*\.{name}"', shown), name


def test_mathematics_is_rendered_and_no_dollar_is_left(site):
    page = next(path for path in site if path.name == "mathematics.html").read_text()
    assert page.count("<math") > 60
    text = re.sub(r"<(script|style|code).*?</\1>|<[^>]*>", "", page, flags=re.DOTALL)
    assert "$" not in text
    assert r"\lambda" not in text


def test_search_knows_the_pages(site):
    folder = next(path for path in site if path.name == "mathematics.html").parent
    entries = json.loads((folder / "search/search_index.json").read_text())["docs"]
    places = {entry["location"].partition("#")[0] for entry in entries}
    assert {"index.html", "mathematics.html", "api/solvers.html", "gallery/kernel.html"} <= places
    assert (folder / "search/search_index.js").exists(), "for pages that are opened as files"


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


def test_no_page_has_a_fault_in_a_browser(site, browser):
    assert faults(browser, site) == {}


def test_search_finds_a_certificate(site, browser):
    start = next(path for path in site if path.parent.name == "site" and path.name == "index.html")
    with opened(browser, start) as page:
        # Typed, since a value that is set may come before the page listens.
        query = page.locator("[data-md-component=search-query]").first
        query.click()
        query.press_sequentially("certificate")
        found = page.locator('.md-search-result__link[href*="programs.html"]').first
        found.wait_for(state="attached")


def test_a_fault_of_a_page_would_be_seen(browser, tmp_path):
    faulty, good = tmp_path / "faulty.html", tmp_path / "good.html"
    faulty.write_text(
        '<div style="width:500px">wide</div><img src="none.png"><a href="#nowhere">to</a>'
        '<script>console.error("said"); throw new Error("thrown")</script>'
    )
    good.write_text("<p id='there'>text</p><a href='#there'>to</a>")
    said = "\n".join(faults(browser, [faulty, good]).pop(faulty))
    for fault in (
        "at 390 pixels: the page is",
        "no picture",
        "no anchor nowhere",
        "said",
        "thrown",
    ):
        assert fault in said
    assert "at 1400 pixels: the page is" not in said
    assert faults(browser, [good]) == {}
