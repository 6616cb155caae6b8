"""What a result declares in the ``__init__.py`` of its folder, and functions that find results."""

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
    """Inputs of one part of a result: of its computation, its table or its figure.

    Parameters
    ----------
    *settings : str
        Arguments of the part's function that are not read from a file: the configuration's keys
        ``tol``, ``seed`` and ``conic_backend``; ``protocol``, the name of the protocol;
        ``reference``, the configuration's ``same_lambda.reference``; and ``failed``, the datasets
        that failed, with the reasons.
    **inputs : str
        For each other argument, the name of its input: ``computed/NAME`` or ``table/NAME`` for a
        file of the result NAME, ``published/NAME`` for a published table, or a key of ``MADE`` or
        ``PROBLEMS`` in `rules/results.smk`, such as ``tuned``. The argument is not passed where a
        published table is missing, or where ``MADE`` has None for the key.
    """

    def __init__(self, *settings, **inputs):
        self.settings, self.inputs = settings, inputs


@dataclass(frozen=True)
class Declaration:
    """Declare a result: its place on the run's page, and the inputs of its parts.

    A part is a module of the result's folder. In ``compute.py`` and ``table.py`` it is the function
    with the result's name, in ``figure.py`` the function ``draw``. A folder with a table or a
    figure has a ``caption.md``.

    Parameters
    ----------
    title : str
        Title on the page and in its table of contents.
    section : str
        One of `SECTIONS`, or a new heading, which is placed after them.
    place : int
        Order within the section.
    compute, table, figure : Step, optional
        Inputs of each part. None where the result lacks the part, or where a rule of its own runs
        the computation for each dataset.
    by_protocol : bool
        Whether the result is made once for each protocol of splits.
    only_with : str
        Conditions, separated by blanks, which the run must all meet; otherwise the result is not
        made. A condition is the name of a protocol, ``rfm`` for the configuration's key ``rfm``, or
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
    """A result that was found: the names of its folder and kind, and its `Declaration`.

    ``name`` is the name of its folder, and ``kind`` one of `KINDS`. ``declared`` is the
    `Declaration` in the folder's ``__init__.py``, and ``summary`` the first line of the docstring
    there.
    """

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
        """Return the key by which results are sorted: section, place, then name."""
        section = self.declared.section
        known = SECTIONS.index(section) if section in SECTIONS else len(SECTIONS)
        return known, section, self.declared.place, self.name


def results(*kinds):
    """Return all results of the given kinds, sorted by section, place and name.

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
    """Return the arguments of computations that a configuration may override, with their defaults.

    These are the keyword-only arguments that have a default. They are read from the source, so that
    no computation is imported.

    Returns
    -------
    dict of str to dict
        For each result of `LEVELS` with a ``compute.py``, the defaults by argument.
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
    """Return bounds on the arguments in `options`, from the calls of `bounds` in the source.

    Returns
    -------
    numbers : dict of str to dict
        By result and argument, bounds as keywords of JSON Schema. ``minItems`` and ``uniqueItems``
        are for a list, other keywords for a number or each entry of a list.
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
    """Yield name and syntax tree of the function of each result that has a ``compute.py``.

    It is the function with the result's name. Only results of `LEVELS` are looked for, not those on
    a table of the user's own.
    """
    for result in results(*LEVELS):
        module = result.folder / "compute.py"
        if module.exists():
            for node in ast.parse(module.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.FunctionDef) and node.name == result.name:
                    yield result.name, node


def result_of(table):
    """Return the `Result` that made a figure or table, or None if no result of `LEVELS` did.

    Parameters
    ----------
    table : str
        Name of the file without its ending: the name of the result, with ``_PROTOCOL`` where the
        result is made by protocol.

    Returns
    -------
    Result or None
    """
    named = {result.name: result for result in results(*LEVELS)}
    return named.get(table) or named.get(table.rpartition("_")[0])


def up_to(level):
    """Return the kinds of results that a run of ``level`` makes: this level and all before it.

    They are a tuple, the start of `LEVELS`.
    """
    return LEVELS[: LEVELS.index(level) + 1]
