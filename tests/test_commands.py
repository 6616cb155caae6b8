"""Every command that the README gives, run as it stands there, in a copy of the project."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from project import ROOT
from sklearn.datasets import load_iris

pytestmark = pytest.mark.slow
OUTSIDE_MAKE = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
RUN = {}  # by command: the test that runs it


def runs(*commands):
    """Say which commands of the README a test runs."""

    def mark(test):
        RUN.update(dict.fromkeys(commands, test.__name__))
        return test

    return mark


class Checkout:
    """A copy of the project as a clone would be, after its set-up."""

    def __init__(self, folder):
        files = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
        listed = subprocess.run(files, cwd=ROOT, check=True, capture_output=True, text=True).stdout
        self.folder = folder
        for name in filter(None, listed.split("\0")):
            if (ROOT / name).exists():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name)
        (self.folder / ".venv").symlink_to(sys.prefix)

    def run(self, command, **environment):
        """Run a command line; what it printed."""
        done = subprocess.run(
            command,
            shell=True,
            cwd=self.folder,
            env=OUTSIDE_MAKE | {"PYTHONPATH": str(self.folder / "src")} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=900,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}"
        return done.stdout


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    return Checkout(tmp_path_factory.mktemp("clone") / "fixing_ntk")


@pytest.fixture(scope="module")
def quick(clone):
    """What the first command printed."""
    return clone.run("make quick")


@runs("make quick")
def test_the_first_command_makes_every_figure_and_table(clone, quick):
    results = clone.folder / "results/quick"
    for kind, file in (("figures", "fit_1d.svg"), ("tables", "claims.md")):
        assert (results / kind / file).stat().st_size > 1000
    assert "holds" in (results / "tables/claims.md").read_text()
    assert "Nothing to be done" in clone.run("make quick")


def test_a_run_into_a_pipe_is_quiet(quick):
    assert len(quick.splitlines()) < 25
    assert "on one page: results/quick/overview.html" in quick
    assert "━" not in quick


@runs("make report RUN=quick", "make report")
def test_the_report_holds_every_output(clone, quick):
    clone.run("make report RUN=quick")
    report = (clone.folder / "results/quick/report.html").read_text()
    shown = clone.folder / "results/quick"
    for path in (*shown.glob("figures/*.svg"), *shown.glob("tables/*.html")):
        assert path.relative_to(clone.folder).as_posix() in report
    fetched = r'<(?:script|link|img|iframe)\b[^>]*(?:src|href)="(?:https?:)?//[^"]*'
    assert re.findall(fetched, report) == [], "the report is one file"


@runs("make resume RUN=quick", "make resume")
def test_resuming_a_finished_run_does_nothing(clone, quick):
    said = clone.run("make resume RUN=quick")
    assert "Unlocked" in said
    assert "Nothing to be done" in said


@runs("make run DATA=my.csv TARGET=column")
def test_own_data_gives_the_same_report(clone):
    frame = load_iris(as_frame=True).frame.iloc[50:].rename(columns={"target": "column"})
    frame.to_csv(clone.folder / "my.csv", index=False)
    clone.run("make run DATA=my.csv TARGET=column")
    results = clone.folder / "results/my"
    rows = pd.read_csv(results / "tables/own_data.csv")
    assert rows.gap.max() <= 1e-6
    assert set(rows.method) == {"NTK", "MKL", "stopped MKL"}
    assert "own_data" in (results / "overview.html").read_text()
    assert (results / "manifest.json").exists()
    clone.run("make report DATA=my.csv TARGET=column")
    assert "own_data" in (results / "report.html").read_text()


@runs("make", "make help")
def test_make_alone_lists_the_targets(clone):
    listed = clone.run("make")
    assert all(target in listed for target in ("quick", "paper", "run", "report", "resume"))


@runs("make verify")
def test_the_published_tables_are_equal_to_themselves(clone):
    tables = clone.folder / "results/paper/tables"
    shutil.copytree(clone.folder / "results/published", tables)
    assert "identical" in clone.run("make verify")
    shutil.rmtree(tables.parent)


@runs("make publish")
def test_publishing_what_is_published_changes_nothing(clone):
    published, readme = clone.folder / "results/published", clone.folder / "README.md"
    for run in ("paper", "bench"):
        source = published if run == "paper" else published / run
        for kind, pattern in (("tables", "*.csv"), ("tables", "*.md"), ("figures", "*.svg")):
            (clone.folder / f"results/{run}/{kind}").mkdir(parents=True, exist_ok=True)
            for path in source.glob(pattern):
                shutil.copy2(path, clone.folder / f"results/{run}/{kind}")
    made = clone.folder / "results/paper/manifest.json"
    made.write_text(json.dumps({"commit": "of another run"}))
    before = {path: path.read_bytes() for path in [readme, *published.rglob("*.*")]}
    before[published / "manifest.json"] = made.read_bytes()
    clone.run("make publish")
    assert {path: path.read_bytes() for path in before} == before
    for run in ("paper", "bench"):
        shutil.rmtree(clone.folder / f"results/{run}")


@runs("make paper", "make rfm", "make bench")
@pytest.mark.parametrize("target", ["paper", "rfm", "bench"])
def test_long_runs_are_planned(clone, target):
    """The DAG of a run that is too long for a test; what its rules do is tested elsewhere."""
    mirror = clone.folder / "mirror"
    mirror.mkdir(exist_ok=True)
    recipe = clone.run(f"make --dry-run {target}", MIRROR=str(mirror)).strip().splitlines()[-1]
    said = clone.run(f"{recipe} --dry-run", MIRROR=str(mirror))
    assert re.search(r"^total +\d{2,}", said, re.MULTILINE), said[-2000:]


@runs(".venv/bin/python -m pytest tests/test_conic.py -k licensed")
def test_the_licensed_check_passes_or_says_that_there_is_no_licence(clone):
    said = clone.run(".venv/bin/python -m pytest tests/test_conic.py -k licensed")
    assert re.search(r"\d+ passed|no MOSEK licence", said)


@runs(".venv/bin/snakemake --workflow-profile workflow/profiles/slurm")
def test_the_cluster_command_plans_the_paper(clone):
    """tests/slurm submits through this profile."""
    said = clone.run(".venv/bin/snakemake --workflow-profile workflow/profiles/slurm --dry-run")
    assert re.search(r"^total +\d{2,}", said, re.MULTILINE)


@runs("make docs")
def test_the_pages_that_are_made_are_up_to_date(clone):
    made = ["docs/configuration.md", "docs/rulegraph.svg", "docs/tutorial.md"]
    before = {path: (clone.folder / path).read_bytes() for path in made}
    (clone.folder / "docs/rulegraph.svg").unlink()
    clone.run("make docs")
    assert [path for path in made if (clone.folder / path).read_bytes() != before[path]] == []


def test_every_command_of_the_readme_is_run():
    readme = (ROOT / "README.md").read_text()
    blocks = re.findall(r"```bash\n(.*?)```", readme, re.DOTALL)
    lines = [line.split("#")[0].strip() for block in blocks for line in block.splitlines()]
    inline = re.findall(r"`((?:make|\.venv/bin/\S+)(?: [^`]+)?)`", readme)
    commands = {re.sub(r"^\w+=\S+ ", "", line) for line in [*lines, *inline] if line}
    by_ci = {"make test"}
    assert by_ci <= set((Path(ROOT) / ".ci/run").read_text().splitlines())
    assert commands - by_ci <= set(RUN)
