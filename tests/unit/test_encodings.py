"""Text files are UTF-8 whatever the locale is: each call that opens one names the encoding."""

import ast
import re

import pytest
from project import ROOT

FILES = [path for name in ("src", "workflow", "docs/hooks") for path in (ROOT / name).rglob("*.py")]
RULES = [ROOT / "Snakefile", *(ROOT / "workflow").rglob("*.smk")]
# How many arguments come before the encoding. pandas writes UTF-8 by itself.
BEFORE = {"open": 3, "read_text": 0, "write_text": 1, "basicConfig": 0}


def without_encoding(text):
    """Return the lines of calls that leave the encoding to the locale."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
        and (name := _name(node.func)) in BEFORE
        and len(node.args) <= BEFORE[name]
        and not {"encoding", None} & {keyword.arg for keyword in node.keywords}
        and not any("b" in str(getattr(mode, "value", "")) for mode in node.args[1:2])
    ]


def _name(function):
    """Name of a function, or of a method; other modules' `open`, as `os.open`, is none of these."""
    method = getattr(function, "attr", "")
    return getattr(function, "id", "" if method == "open" else method)


def test_every_text_file_is_opened_as_utf_8():
    found = {path: without_encoding(path.read_text("utf-8")) for path in FILES}
    assert {str(path): lines for path, lines in found.items() if lines} == {}
    for path in RULES:
        assert not re.search(r"read_text\(\)|\bopen\(", path.read_text("utf-8")), path


@pytest.mark.parametrize(
    "call", ["open(p{})", 'open(p, "w"{})', "p.read_text({})", "p.write_text(t{})"]
)
def test_a_call_that_names_no_encoding_is_found(call):
    assert without_encoding(call.format("")) == [1]
    comma = "" if "()" in call.format("") else ", "
    assert without_encoding(call.format(f'{comma}encoding="utf-8"')) == []
