"""Open HTML pages in a real browser: Debian's Chromium, driven by Playwright."""

import shutil
from contextlib import contextmanager

import pytest

WIDTHS = (1400, 390)  # pixels, of a desktop and of a phone
FAULTS = """() => [
  ...(document.documentElement.scrollWidth > innerWidth
      ? [`the page is ${document.documentElement.scrollWidth} wide`] : []),
  ...[...document.images].filter(image => image.complete && !image.naturalWidth)
      .map(image => `no picture ${image.src}`),
  ...[...document.querySelectorAll('a[href^="#"]')]
      .map(link => decodeURIComponent(link.getAttribute("href").slice(1)))
      .filter(name => name && !document.getElementById(name)).map(name => `no anchor ${name}`),
]"""


@contextmanager
def chromium():
    """Yield a running browser, and close it; skip the test without Chromium or Playwright."""
    sync_api = pytest.importorskip("playwright.sync_api")
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("no Chromium: `apt-get install chromium` has it")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def opened(browser, path):
    """Yield a tab with the HTML file ``path`` open; close the tab."""
    page = browser.new_page(viewport={"width": WIDTHS[0], "height": 900})
    page.goto(path.as_uri())
    yield page
    page.close()


def faults(browser, paths):
    """Return what is wrong with HTML files in windows of all `WIDTHS`: a list of str by path.

    Faults are a page that is wider than the window, missing pictures, links to missing anchors, and
    errors of scripts and of the console. Files without a fault are left out.
    """
    page, found = browser.new_page(), {}  # one tab for all: a new one takes longer than a file

    def note(fault):
        found.setdefault(path, []).append(fault)

    page.on("pageerror", lambda error: note(str(error)))
    page.on("console", lambda line: note(line.text) if line.type == "error" else None)
    for path in paths:
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            if width == WIDTHS[0]:
                page.goto(path.as_uri())
            for fault in page.evaluate(FAULTS):
                note(f"at {width} pixels: {fault}")
    page.close()
    return found
