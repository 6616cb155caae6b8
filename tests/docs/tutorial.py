"""Run the tutorial's code; as a script, write its output and its pictures again.

``python tests/docs/tutorial.py`` changes ``docs/tutorial.md`` and the pictures that it shows.
"""

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
        Markdown. The output of a Python block is in a ``text`` block right after it.

    Returns
    -------
    page : str
        The page with the output of this run.
    names : dict
        Variables of the blocks, by name.
    """
    names = {}

    def renewed(block):
        """Run the block of a match, and return its code with the output below it."""
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
