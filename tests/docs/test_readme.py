import json
import re
import subprocess
import sys
from itertools import pairwise, product
from pathlib import Path

import pytest
import yaml

from fixing_ntk.data.own.columns import FEWEST, MAX_CATEGORIES
from fixing_ntk.data.own.table import MANY
from fixing_ntk.data.paper_datasets import MAX_ROWS, PAPER, SCNN
from fixing_ntk.estimators.masked import CHOICE_TOL
from fixing_ntk.results.declaration import options
from fixing_ntk.results.pages.template_filters import power, words
from fixing_ntk.solvers.interface import NEWTON_UP_TO

ROOT = Path(__file__).parents[2]
SNAKEMAKE_S = 0.5  # CPU seconds of its own for every job, which no job counts
README = (ROOT / "README.md").read_text()
# The tutorial runs by itself, and the table of keys is made.
PAGES = {
    path.relative_to(ROOT / "docs").as_posix(): path.read_text()
    for path in sorted((ROOT / "docs").rglob("*.md"))
    if path.name not in ("tutorial.md", "configuration.md")
}
PROSE = "\n".join([README, *PAGES.values()])


def examples(text):
    return re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)


def test_a_stranger_reads_it_in_two_minutes():
    assert len(README.splitlines()) <= 150


def test_the_library_example_runs_and_certifies(capsys):
    names = {}
    exec(examples(PAGES["solvers.md"])[0], names)
    assert capsys.readouterr().out.startswith("optimal ")
    assert names["solution"].gap <= 1e-6
    assert all(s.status == "optimal" for s in names["path"])


@pytest.mark.parametrize("text", [README, PAGES["solvers.md"]], ids=["README", "solvers"])
def test_the_estimators_example_runs(text, capsys):
    (code,) = (code for code in examples(text) if "NTKClassifier" in code)
    exec(code, {})
    words = capsys.readouterr().out.split()
    assert words[0] == "NTKClassifier"
    assert float(words[1]) > 0.9
    assert float(words[-1]) <= 1e-6


def test_the_example_of_probabilities_runs(capsys):
    (code,) = (code for code in examples(PAGES["solvers.md"]) if "predict_proba" in code)
    exec(code, {})
    loss, _, _, gap, accuracy = capsys.readouterr().out.split()
    assert float(loss) < 0.2
    assert float(gap) <= 1e-6
    assert float(accuracy) > 0.9


def test_every_other_example_runs():
    run = [README, PAGES["solvers.md"]]
    others = [code for text in PAGES.values() if text not in run for code in examples(text)]
    assert others
    for code in others:
        exec(code, {})


def test_the_times_of_the_papers_run_are_those_of_its_record():
    manifest = json.loads((ROOT / "results/published/manifest.json").read_text())
    if manifest["config"]["level"] != "beyond":
        pytest.skip("the published run did more than `make beyond`")
    (every,) = (row for row in manifest["runtime"] if row["rule"] == "all")
    ((least, most),) = re.findall(r"beyond the paper: (\d+) to (\d+) minutes", README)
    seconds = every["cpu_s"] + SNAKEMAKE_S * every["jobs"]
    assert int(least) <= seconds / 2 / 60 <= int(most)


def test_every_make_target_it_names_exists():
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^|`|=\S+ )make (\w+)", PROSE, re.MULTILINE))
    assert {"quick", "test", "paper", "resume"} <= named
    assert named <= targets


CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())
BENCH = yaml.safe_load((ROOT / "workflow/bench/config.yaml").read_text())
# What it and the pages say of settings, outside of the sections that tables fill.
SAID = {
    r"or of at most (\d+) distinct whole numbers": str(MANY),
    r"a column each, (\d+) at most": str(MAX_CATEGORIES),
    r"no category in (\w+) rows": words(FEWEST),
    r"beyond ([\d,]+) samples": f"{NEWTON_UP_TO:,}",
    r"a bound of ([\d,]+) rows": f"{MAX_ROWS:,}",
    r"and of `MKL-` at `p=1` end at a gap of (\S+),": power(CHOICE_TOL),
    r"two classes, leaves (\d+) sets": str(len(PAPER)),
    r"another list of (\d+)": str(len(SCNN)),
    r"(\d+) sets are in both": str(len({*PAPER} & {*SCNN})),
    r"on (\w+) of the UCI sets": words(
        len({*BENCH["panels"]["gated"]["n_gates"]} - {*BENCH["teachers"]})
    ),
    r"and on ([\d,]+) samples of a small network": f"{BENCH['teachers']['teacher']['n']:,}",
    r"network, at (\w+) penalties": words(len(BENCH["ratios"])),
    r"penalties to (\w+) certified gaps": words(len(BENCH["gaps"])),
    r'"full" is (\w+) stratified splits': words(CONFIG["splits"]["full"]),
    r"NTK and MKL fits at relative gap (\S+) or below": power(CONFIG["tol"]),
    r"those of the map, (\S+)\)": power(options()["when_it_pays"]["tol"]),
    r'"paper" is one (\d+)/25 split': f"{100 * (1 - CONFIG['splits']['test_size']):.0f}",
}


@pytest.mark.parametrize("pattern", SAID)
def test_what_it_says_of_settings_is_so(pattern):
    assert {*re.findall(pattern, " ".join(PROSE.split()))} == {SAID[pattern]}


PARTS = r"^(compute|show)_\w+"  # rules of a result


def reachable(arrows, start):
    """Nodes that a path of at least two arrows leads to."""
    following = {b for a, b in arrows if a == start}
    found, new = set(), following
    while new:
        new = {b for a, b in arrows if a in new} - found
        found |= new
    return found


def test_the_graph_of_rules_is_that_of_the_workflow():
    (graph,) = re.findall(r"```mermaid\n(.*?)```", PAGES["index.md"], re.DOTALL)
    command = "--config level=extended --forceall --rulegraph mermaid-js"
    workflow = subprocess.run(
        [sys.executable, "-m", "snakemake", "--cores", "1", *command.split()],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    rules = dict(re.findall(r"(id\d+)\[(\w+)\]", workflow))
    rules = {key: re.sub(PARTS, "results", name) for key, name in rules.items()}
    arrows = {(rules[a], rules[b]) for a, b in re.findall(r"(id\d+) --> (id\d+)", workflow)}
    arrows = {(a, b) for a, b in arrows if a != b and b != "all"}
    implied = {(a, b) for a, b in arrows if b in reachable(arrows, a)}
    steps = [[part.split(" & ") for part in line.split(" --> ")] for line in graph.split("\n")[1:]]
    drawn = {arrow for line in steps for pair in pairwise(line) for arrow in product(*pair)}
    assert {(a.strip(), b) for a, b in drawn} == arrows - implied
