"""Pages of the gallery: scripts in cells, run, with what they print and draw."""

import os
import re
import tempfile
from contextlib import chdir, redirect_stdout
from io import StringIO
from pathlib import Path

CELL = re.compile(r"^# %%(.*)\n", re.MULTILINE)


def cells(source):
    """Pairs of kind, "markdown" or "code", and text."""
    _, *parts = CELL.split(source)
    for mark, text in zip(parts[::2], parts[1::2], strict=True):
        if "[markdown]" in mark:
            yield "markdown", re.sub(r"^# ?", "", text, flags=re.MULTILINE).strip()
        else:
            yield "code", text.strip()


def page(script):
    """Run a script, cell by cell.

    Returns
    -------
    text : str
        Markdown of the page.
    pictures : dict of str to str
        SVG files that it drew, by name.
    """
    os.environ["MPLBACKEND"] = "svg"
    names, parts, shown = {}, [], set()
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        for kind, text in cells(Path(script).read_text(encoding="utf-8")):
            if kind == "markdown":
                parts.append(text)
                continue
            printed = StringIO()
            with redirect_stdout(printed):
                exec(compile(text, str(script), "exec"), names)
            parts.append(f"```python\n{text}\n```")
            if printed.getvalue():
                parts.append(f"```text\n{printed.getvalue().rstrip()}\n```")
            drawn = sorted({path.name for path in Path().glob("*.svg")} - shown)
            parts += [f"![What this cell drew]({name})" for name in drawn]
            shown |= {*drawn}
        pictures = {name: Path(name).read_text(encoding="utf-8") for name in sorted(shown)}
    return "\n\n".join(parts) + "\n", pictures
