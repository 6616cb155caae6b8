"""Find the files of this package that a script imports, directly or not, and hash them."""

import hashlib
import os
import re
from functools import cache
from pathlib import Path

_ROOT = Path(__file__).parents[1]
# Import statements as ruff formats them. Parsing all files would slow every start of the workflow.
_IMPORT = re.compile(
    r"^[ ]*(?:from (fixing_ntk[\w.]*) import (\([^)]*\)|[\w, ]+)|import (fixing_ntk[\w.]*))",
    re.MULTILINE,
)


def package_sources(script):
    """Return the files of the package that ``script`` imports, directly or through other modules.

    Parameters
    ----------
    script : str or Path
        A Python file that imports modules by their full names, ``from fixing_ntk.x import y``.

    Returns
    -------
    list of str
        Sorted paths, without the script itself. Each ``__init__.py`` that runs is among them, but
        for those that `files_of` leaves out.
    """
    seen, waiting = set(), list(imports(Path(script)))
    while waiting:
        path = waiting.pop()
        if path not in seen:
            seen.add(path)
            waiting += imports(path)
    return sorted(map(str, seen))


def fingerprint(files):
    """Return one hash of the contents of all files, whatever their names.

    The workflow gives jobs this hash as a parameter, so that an edit of the files makes them run
    again.

    Parameters
    ----------
    files : iterable of str or Path
        In any order.

    Returns
    -------
    str
        Sixteen hexadecimal digits.
    """
    contents = sorted(map(_content, {os.path.realpath(file) for file in files}))
    return hashlib.sha256("".join(contents).encode()).hexdigest()[:16]


@cache
def _content(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


@cache
def imports(path):
    """Return the files of the package that the import statements in the file ``path`` name.

    ``path`` is a Path, and the result a frozenset of Path. For ``from m import a`` it has what
    `files_of` returns for ``m``, and for ``m.a`` in case a is a module. Imports in these files are
    not followed.
    """
    found = set()
    for module, names, alone in _IMPORT.findall(path.read_text(encoding="utf-8")):
        found |= {alone} if alone else {module, *(f"{module}.{name}" for name in _names(names))}
    return frozenset(file for name in found for file in files_of(name))


def _names(listed):
    """Return the names that an import lists: a and b for ``a, b as c`` or ``(a, b as c,)``."""
    return [name.split()[0] for name in listed.strip("() \n").split(",") if name.strip()]


def files_of(module):
    """Return the files that an import of a module of the package runs, given its dotted name.

    These are the module and the ``__init__.py`` of each package above it, a list of Path. Imports
    in them are not followed. For a module in the folder of a result, the folder's ``__init__.py``
    is left out, and for every module that of `fixing_ntk`, since nothing is computed from them. The
    list is empty for a name that is no module of the package.
    """
    package, *parts = module.split(".")
    if package != "fixing_ntk" or not parts:
        return []  # the package's own __init__ only says where names are
    path = _ROOT.joinpath(*parts)
    candidates = [path.with_suffix(".py"), path / "__init__.py"]
    # Importing a module runs the __init__ of the packages above it. The __init__ of a result is
    # left out: it only declares the result's place on the page, and nothing is computed from it.
    packages = range(1, 3 if parts[0] == "results" else len(parts))
    above = [_ROOT.joinpath(*parts[:k], "__init__.py") for k in packages]
    hit = [file for file in candidates if file.is_file()]
    return [file for file in (*hit, *above) if file.is_file()] if hit else []
