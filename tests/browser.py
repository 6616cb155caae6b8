"""Pages in a real browser: Debian's Chromium, driven by Playwright."""

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
    """A browser; where there is none, the test is skipped."""
    sync_api = pytest.importorskip("playwright.sync_api")
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("no Chromium: `apt-get install chromium` has it")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def opened(browser, path, width=WIDTHS[0]):
    """A page of a file, and what its console said of errors, which grows."""
    page = browser.new_page(viewport={"width": width, "height": 900})
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    page.goto(path.as_uri())
    page.wait_for_load_state("networkidle")
    yield page, errors
    page.close()


def faults(browser, path, width):
    """What is wrong with a page at a width: what runs out of it, is missing, or is an error."""
    with opened(browser, path, width) as (page, errors):
        return [*page.evaluate(FAULTS), *errors]
