"""A result is a folder: its declaration, its parts, and what the workflow makes of it."""

from importlib import import_module
from pathlib import Path

import pytest
from project import ROOT

from fixing_ntk.pipeline.dependencies import package_sources
from fixing_ntk.results.declaration import KINDS, LEVELS, OWN, results, up_to
from fixing_ntk.results.pages import outputs

ALL = results(*KINDS)
NAMES = {result.name for result in ALL}


@pytest.mark.parametrize("result", ALL, ids=lambda result: result.name)
def test_a_folder_has_just_the_parts_that_it_declares(result):
    """A computation that the workflow makes in jobs of its own, by dataset, is not declared."""
    parts = {part for part in ("compute", "table", "figure") if getattr(result.declared, part)}
    for part in parts:
        module = import_module(f"fixing_ntk.results.{result.kind}.{result.name}.{part}")
        assert callable(getattr(module, "draw" if part == "figure" else result.name))
    files = {path.stem for path in result.folder.glob("*.py")}
    assert {"table", "figure"} & files == {"table", "figure"} & parts
    assert (result.folder / "caption.md").exists() == bool(parts & {"table", "figure"})
    assert result.summary.endswith(".")


def test_what_is_declared_as_made_from_another_result_is_made_by_it():
    made = {f"{part}/{result.name}" for result in ALL for part in ("table", "computed")}
    for result in ALL:
        for part in (result.declared.compute, result.declared.table, result.declared.figure):
            for name in part.inputs.values() if part else ():
                kind, _, _ = name.partition("/")
                assert kind not in ("table", "computed") or name in made, (result.name, name)


def test_each_level_has_the_results_of_those_before_it():
    counts = [len(results(*up_to(level))) for level in LEVELS]
    assert counts == sorted(counts)
    assert not {result.kind for result in results(*up_to("paper"))} - {"paper"}
    assert {"uci_accuracy", "figure_1", "claims"} <= {r.name for r in results("paper")}
    assert {"baselines", "when_it_pays"} <= {r.name for r in results("beyond")}
    assert OWN not in up_to("extended")


def test_a_name_is_given_once_and_no_figure_of_a_level_needs_a_later_one():
    assert len(NAMES) == len(ALL)
    level = {result.name: KINDS.index(result.kind) for result in ALL}
    for result in ALL:
        for part in (result.declared.compute, result.declared.table, result.declared.figure):
            for name in part.inputs.values() if part else ():
                kind, _, other = name.partition("/")
                if kind in ("table", "computed"):
                    assert level[other] <= level[result.name], (result.name, other)


def test_the_page_of_outputs_is_up_to_date():
    assert (ROOT / "docs/outputs.md").read_text() == outputs.page(), "run `make docs`"


def test_where_a_result_stands_is_no_source_of_its_numbers():
    compute = ROOT / "src/fixing_ntk/results/paper/fit_1d/compute.py"
    behind = {Path(path).relative_to(ROOT).as_posix() for path in package_sources(compute)}
    assert "src/fixing_ntk/programs/objective.py" in behind
    assert not any(path.endswith("fit_1d/__init__.py") for path in behind)


DECLARATION = '''"""The sum of a few random numbers."""

from fixing_ntk.results.declaration import Declaration, Step

RESULT = Declaration(
    title="A sum of random numbers",
    section="Something new",
    compute=Step("seed"),
    table=Step(data="computed/sum_of_numbers"),
    figure=Step(data="computed/sum_of_numbers"),
)
'''
COMPUTE = '''"""Random numbers."""

from fixing_ntk.results.claim_kinds import MKL, claim_row
from fixing_ntk.seeds import stream


def sum_of_numbers(seed, *, n=10):
    """Draw n numbers.

    Parameters
    ----------
    seed : int
    n : int
        How many.

    Returns
    -------
    data, rows
    """
    numbers = stream(seed, "sum_of_numbers").random(n)
    row = claim_row("Numbers have a sum", MKL, "numbers less n", len(numbers) - n, 0.0)
    return dict(numbers=numbers), [row]
'''
FIGURE = '''"""Figure `sum_of_numbers`."""

from fixing_ntk.drawing import style


def draw(data):
    """Draw the numbers."""
    fig, ax = style.figure()
    ax.plot(data["numbers"])
    return fig
'''
TABLE = '''"""Table `sum_of_numbers`."""

import pandas as pd

from fixing_ntk.drawing.tables import Table


def sum_of_numbers(data):
    """The sum and the count."""
    raw = pd.DataFrame({"count": [len(data["numbers"])], "sum": [data["numbers"].sum()]})
    return Table(raw, raw.round(3), ["A table of one row."], {})
'''


def test_adding_a_result_is_adding_one_folder(project):
    folder = project.folder / "src/fixing_ntk/results/beyond/sum_of_numbers"
    folder.mkdir()
    for name, text in (
        ("__init__.py", DECLARATION),
        ("compute.py", COMPUTE),
        ("figure.py", FIGURE),
        ("table.py", TABLE),
        ("caption.md", "Numbers that are drawn at random.\n"),
    ):
        (folder / name).write_text(text)
    project.configure(sum_of_numbers={"n": 7})
    assert project.scheduled() == {
        "compute_sum_of_numbers",
        "show_sum_of_numbers",
        "show_claims",
        "overview",
        "manifest",
    }
    project.run("--cores", "2")
    out = project.folder / "results/tiny"
    assert (out / "tables/sum_of_numbers.csv").read_text().splitlines()[1].startswith("7,")
    page = (out / "overview.html").read_text()
    assert "A sum of random numbers" in page
    assert "Numbers that are drawn at random." in page
    assert "Numbers have a sum" in (out / "tables/claims.md").read_text()
    refused = project.run("--config", "sum_of_numbers={'nn': 7}", "--dry-run", check=False).stdout
    assert "sum_of_numbers.nn: unknown key; did you mean 'n'?" in refused
