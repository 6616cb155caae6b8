"""What a result declares in its folder, and functions that find all results."""

import ast
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

# Kinds of results: the paper's and the poster's; those beyond the paper; those that take hours; and
# those on a table of the user's own. A result's kind is the folder that it is in.
KINDS = PAPER, BEYOND, EXTENDED, OWN = "paper", "beyond", "extended", "own"
LEVELS = (PAPER, BEYOND, EXTENDED)  # each run has the results of its level and of those before it
# Headings of the page of a run, in order.
SECTIONS = (
    ONE_DIMENSION,
    ALGORITHM,
    ACCURACY,
    PREDICTION,
    KERNELS,
    SOLVERS,
    CLAIMS,
    METHOD,
    COLUMNS,
) = (
    "Regression in one dimension",
    "Algorithm 1: IRLS",
    "Accuracy on the UCI sets",
    "Prediction error",
    "Learned kernels",
    "Solvers",
    "Claims of the paper",
    "Which method to take",
    "Your columns",
)
_FOLDER = Path(__file__).parent


class Step:
    """Inputs of one part of a result, that is of its computation, table or figure.

    Parameters
    ----------
    *settings : str
        Arguments that are keys of the configuration, or that `rules/results.smk` gives:
        ``protocol``, ``reference``, ``failed``.
    **inputs : str
        For each other argument the file that is read: ``computed/NAME`` or ``table/NAME`` of a
        result, or a name of `rules/results.smk`, such as ``tuned``.
    """

    def __init__(self, *settings, **inputs):
        self.settings, self.inputs = settings, inputs


@dataclass(frozen=True)
class Declaration:
    """A result: its place on the page, and the inputs of its parts.

    A part is a module of the result's folder: ``compute.py`` and ``table.py`` have a function of
    the result's name, ``figure.py`` has ``draw``. Figures and tables have a ``caption.md``.

    Parameters
    ----------
    title : str
        Title on the page and in its table of contents.
    section : str
        One of `SECTIONS`, or a new heading, which is placed after them.
    place : int
        Order within the section.
    compute, table, figure : Step, optional
        Inputs of each part; None where the result does not have the part.
    by_protocol : bool
        Whether the result is made for each protocol of splits.
    only_with : str
        Conditions without which the result is not made, separated by blanks: protocols, ``rfm`` for
        the configuration's key ``rfm``, ``classification`` or ``regression`` for the task of the
        user's own table.
    """

    title: str
    section: str
    place: int = 0
    compute: Step | None = None
    table: Step | None = None
    figure: Step | None = None
    by_protocol: bool = False
    only_with: str = ""


@dataclass(frozen=True)
class Result:
    """A `Declaration`, the names of its folder and kind, and the first line of its docstring."""

    name: str
    kind: str
    summary: str
    declared: Declaration

    @property
    def folder(self):
        return _FOLDER / self.kind / self.name

    @property
    def caption(self):
        return (self.folder / "caption.md").read_text(encoding="utf-8").strip()

    @property
    def order(self):
        section = self.declared.section
        known = SECTIONS.index(section) if section in SECTIONS else len(SECTIONS)
        return known, section, self.declared.place, self.name


def results(*kinds):
    """Return the results of some kinds, in the order of the page.

    Parameters
    ----------
    *kinds : str
        Of `KINDS`.

    Returns
    -------
    list of Result
    """
    found = []
    for kind in kinds:
        for folder in sorted(path.parent for path in _FOLDER.glob(f"{kind}/*/__init__.py")):
            module = import_module(f"{__package__}.{kind}.{folder.name}")
            summary = str(module.__doc__).splitlines()[0]
            found.append(Result(folder.name, kind, summary, module.RESULT))
    return sorted(found, key=lambda result: result.order)


def options():
    """Return the arguments that a configuration may override: keyword arguments of computations.

    They are read from the source, so that no computation is imported.

    Returns
    -------
    dict of str to dict
        By result, the default of each argument.
    """
    return {
        name: {
            argument.arg: ast.literal_eval(default)
            for argument, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
            if default
        }
        for name, node in _computations()
    }


# By function of `bounds`, what it requires of a number or a list, as keywords of JSON Schema.
_ASKED: dict[str, dict] = {
    "whole_numbers": {},
    "shares": {"exclusiveMinimum": 0, "exclusiveMaximum": 1},
    "positive": {"exclusiveMinimum": 0},
    "not_negative": {"minimum": 0},
    "several": {"minItems": 2, "uniqueItems": True},
}


def limits():
    """Return bounds of the arguments in `options`, from the checks in the computations' source.

    Returns
    -------
    numbers : dict of str to dict
        By result and argument, bounds on a number or a list, as keywords of JSON Schema.
    pairs : dict of str to list of (str, str)
        By result, pairs of an argument and the argument that it must not exceed.
    """
    numbers: dict[str, dict] = {}
    pairs: dict[str, list] = {}
    for name, function in _computations():
        numbers[name], pairs[name] = {}, []
        for node in ast.walk(function):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            check, arguments = node.func.id, [each.arg for each in node.keywords]
            if check in _ASKED:
                asked = _ASKED[check]
                if node.args:
                    asked = {"minimum": ast.literal_eval(node.args[0])}
                for each in arguments:
                    numbers[name].setdefault(each, {}).update(asked)
            elif check == "at_most":
                limit = ast.literal_eval(node.args[0])
                pairs[name] += [(each, limit) for each in arguments]
    return numbers, pairs


def _computations():
    """Yield the name of each result with a computation, and the syntax tree of its function."""
    for result in results(*LEVELS):
        module = result.folder / "compute.py"
        if module.exists():
            for node in ast.parse(module.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.FunctionDef) and node.name == result.name:
                    yield result.name, node


def result_of(table):
    """Return the `Result` that a figure or table belongs to, or None.

    Parameters
    ----------
    table : str
        Name of the file without its ending: the name of the result, with ``_PROTOCOL`` where the
        result is made by protocol.
    """
    named = {result.name: result for result in results(*LEVELS)}
    return named.get(table) or named.get(table.rpartition("_")[0])


def up_to(level):
    """Return the kinds of results that a run of a level has."""
    return LEVELS[: LEVELS.index(level) + 1]
