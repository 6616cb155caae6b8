"""Which files of this package a script imports, directly or not."""

import ast
from functools import cache
from pathlib import Path

_ROOT = Path(__file__).parents[1]


def package_sources(script):
    """Files of the package that ``script`` depends on, read from its import statements.

    Parameters
    ----------
    script : str or Path
        A Python file that imports modules by their full names, ``from fixing_ntk.x import y``.

    Returns
    -------
    list of str
        Sorted paths, the script itself not among them.
    """
    seen, waiting = set(), list(_imports(Path(script)))
    while waiting:
        path = waiting.pop()
        if path not in seen:
            seen.add(path)
            waiting += _imports(path)
    return sorted(map(str, seen))


@cache
def _imports(path):
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return frozenset(file for name in found for file in _files(name))


def _files(module):
    package, *parts = module.split(".")
    if package != "fixing_ntk" or not parts:
        return []  # the package's own __init__ only names where things are
    path = _ROOT.joinpath(*parts)
    candidates = [path.with_suffix(".py"), path / "__init__.py"]
    # Importing a module runs the __init__ of the packages above it. That of a result only declares
    # where the result stands: nothing is computed from it.
    packages = range(1, 3 if parts[0] == "results" else len(parts))
    above = [_ROOT.joinpath(*parts[:k], "__init__.py") for k in packages]
    hit = [file for file in candidates if file.is_file()]
    return [file for file in (*hit, *above) if file.is_file()] if hit else []
