"""The tutorial, run: ``python tests/docs/tutorial.py`` renews what its page prints and draws."""

import re
from contextlib import chdir, redirect_stdout
from io import StringIO
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "tutorial.md"
BLOCK = re.compile(r"```python\n(.*?)```\n(?:\n```text\n.*?```\n)?", re.DOTALL)


def run(page):
    """Run the Python blocks of a page, in order and in one namespace.

    Parameters
    ----------
    page : str
        Markdown; what a block prints stands in a ``text`` block right after it.

    Returns
    -------
    page : str
        The same with what the blocks printed now.
    names : dict
        The namespace that they leave behind.
    """
    names = {}

    def renewed(block):
        # Empty lines in front, so that a traceback names the line of the page.
        above = "\n" * page.count("\n", 0, block.start(1))
        printed = StringIO()
        with redirect_stdout(printed):
            exec(compile(above + block[1], PAGE, "exec"), names)
        output = f"\n```text\n{printed.getvalue()}```\n" if printed.getvalue() else ""
        return f"```python\n{block[1]}```\n{output}"

    return BLOCK.sub(renewed, page), names


if __name__ == "__main__":
    with chdir(PAGE.parent):
        PAGE.write_text(run(PAGE.read_text())[0])
