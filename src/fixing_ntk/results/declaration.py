"""What a result declares in its folder, and the results that there are."""

import ast
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

# What is regenerated: the paper's and the poster's results; what goes beyond them; what takes
# hours; and the results on a table of the user's own. A result's kind is the folder it stands in.
KINDS = PAPER, BEYOND, EXTENDED, OWN = "paper", "beyond", "extended", "own"
LEVELS = (PAPER, BEYOND, EXTENDED)  # each run has the results of its level and of those before it
# Headings of the page, in its order.
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
    """What one part of a result is made from.

    Parameters
    ----------
    *settings : str
        Keys of the configuration that the function takes too, or what `rules/results.smk` knows:
        ``protocol``, ``reference``, ``failed``.
    **inputs : str
        For each other argument of the function, what is read for it: ``computed/NAME`` and
        ``table/NAME`` of a result, or a name of `rules/results.smk`, such as ``tuned``.
    """

    def __init__(self, *settings, **inputs):
        self.settings, self.inputs = settings, inputs


@dataclass(frozen=True)
class Declaration:
    """A result: where it stands on the page, and what its parts are made from.

    A part is a module of the result's folder: ``compute.py`` and ``table.py`` have a function of
    the result's name, ``figure.py`` has ``draw``. Figures and tables have a ``caption.md``.

    Parameters
    ----------
    title : str
        For the page and its table of contents.
    section : str
        One of `SECTIONS`, or a new heading, which comes after them.
    place : int
        Order within the section.
    compute, table, figure : Step, optional
        None for a part that the workflow does not make from the folder alone.
    by_protocol : bool
        Whether there is one for each protocol of splits.
    only_with : str
        What it is not made without, between blanks: protocols, ``rfm`` for the key ``rfm``, and
        ``classification`` or ``regression`` for the task of the user's own table.
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
    """A `Declaration` with the names of its folders, and the first line of its docstring."""

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
    """Results of some kinds, in the order of the page.

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
    """What a configuration may override: by result the keyword arguments of its computation.

    They are read from the source, since jobs that compute nothing need not import it.

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


# By the functions of `bounds`, what they ask of a number or a list, as JSON Schema has it.
_ASKED: dict[str, dict] = {
    "whole_numbers": {},
    "shares": {"exclusiveMinimum": 0, "exclusiveMaximum": 1},
    "positive": {"exclusiveMinimum": 0},
    "not_negative": {"minimum": 0},
    "several": {"minItems": 2, "uniqueItems": True},
}


def limits():
    """Bounds of the arguments that `options` has, from the checks in the source of a computation.

    Returns
    -------
    numbers : dict of str to dict
        By result and argument, what a number or a list must be, as JSON Schema has it.
    pairs : dict of str to list of (str, str)
        By result, arguments that must be at most another one.
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
    """Name of each result that is computed, and its function's source as a tree."""
    for result in results(*LEVELS):
        module = result.folder / "compute.py"
        if module.exists():
            for node in ast.parse(module.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.FunctionDef) and node.name == result.name:
                    yield result.name, node


def result_of(table):
    """The `Result` that a figure or table is of; None for a file of no result.

    Parameters
    ----------
    table : str
        Name of the file without its ending: that of the result, and the protocol where the result
        has several.
    """
    named = {result.name: result for result in results(*LEVELS)}
    return named.get(table) or named.get(table.rpartition("_")[0])


def up_to(level):
    """Kinds of results that a run of a level has."""
    return LEVELS[: LEVELS.index(level) + 1]
