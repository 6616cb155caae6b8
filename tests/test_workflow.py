"""The pipeline as a user runs it, in a copy of the project."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from fixing_ntk.dependencies import package_sources

ROOT = Path(__file__).parents[1]
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("workflow")]

TINY = {
    "name": "tiny",
    "datasets": ["sklearn-iris"],
    "example_dataset": "sklearn-iris",
    "protocols": ["paper", "full"],
    "splits": {"full": 3, "per_job": 2, "folds": 3},
    "n_gates": 40,
    "mkl_ratios": [0.5, 0.1, 0.05],
    "ntk_ratios": [1.0, 0.1],
    "solvers": {"first_order_datasets": []},
    "fit_1d": {"n_gates": 2000},
    "irls_convergence": {"n": 40, "d": 4, "n_gates": 40, "n_iter": 30},
    "regularization_path": {"n_points": 8},
    "nonconvex_gap": {"n": 8, "widths": [2, 10], "starts": 3},
    "ntk_width": {"n": 12, "widths": [30, 300], "n_seeds": 10, "monte_carlo_gates": 20000},
    "linearization": {"n": 10, "widths": [100, 1000], "n_seeds": 5},
    "arrangement": {"n": 6, "samples": [10, 8, 6], "n_gates": 1000, "batches": 50},
    "mkl_equivalence": {"n": 20, "d": 3, "n_gates": 60},
    "mask_count": {"samples": [10, 8], "gates": [5, 50, 500], "n_seeds": 2},
    "prediction_error": {
        "samples": [100, 400, 3200],
        "active": [1, 2],
        "n_gates": 20,
        "n_seeds": 4,
        "fit_from": 100,
    },
}


class Project:
    """A copy of the project that one test may edit."""

    def __init__(self, folder):
        self.folder = folder
        for name in ("workflow", "src"):
            shutil.copytree(
                ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__")
            )
        for name in ("Snakefile", "config.yaml"):
            shutil.copy2(ROOT / name, folder / name)
        self.configure()

    def configure(self, **changes):
        (self.folder / "tiny.yaml").write_text(yaml.safe_dump(TINY | changes))

    def run(self, *arguments, check=True, **environment):
        done = subprocess.run(
            [sys.executable, "-m", "snakemake", "--configfile", "tiny.yaml", *arguments],
            cwd=self.folder,
            env=os.environ | {"PYTHONPATH": str(self.folder / "src")} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
        )
        assert not check or done.returncode == 0, done.stdout[-4000:]
        return done

    def scheduled(self, *targets):
        """Rules that a run would start."""
        out = self.run("--dry-run", *targets).stdout
        if "Nothing to be done" in out:
            return set()
        table = re.search(r"^job +count\n-.*\n((?:\w+ +\d+\n)+)", out, flags=re.MULTILINE)
        return {line.split()[0] for line in table[1].splitlines()} - {"all", "total"}

    def edit(self, path, old="", new="\n# edited\n"):
        text = (self.folder / path).read_text()
        assert old in text
        edited = text.replace(old, new) if old else text + new
        (self.folder / path).write_text(edited)

    def outputs(self):
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in (self.folder / "results").rglob("*")
            if path.is_file() and "logs" not in path.parts
        }


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A project whose tiny run has finished; tests copy it before they edit it."""
    project = Project(tmp_path_factory.mktemp("finished"))
    project.run("--cores", "2")
    return project


@pytest.fixture
def project(finished, tmp_path):
    copy = Project.__new__(Project)
    copy.folder = tmp_path / "copy"
    shutil.copytree(finished.folder, copy.folder)
    return copy


def test_clean_copy_schedules_every_stage_from_the_root(tmp_path):
    rules = Project(tmp_path / "clean").scheduled()
    assert {"prepare_dataset", "sample_masks", "fit_ntk", "fit_mkl", "fit_conic", "evaluate"} <= (
        rules
    )
    assert {"fit_1d", "irls_convergence", "mask_weights", "regularization_path"} <= rules
    assert {"arrangement", "prediction_error", "mask_count", "compute_claims"} <= rules
    assert {"uci_accuracy", "wins_by_lambda", "solvers", "equivalences"} <= rules


def test_every_figure_and_table_is_made(finished):
    made = {path for path in finished.outputs() if "/figures/" in path or "/tables/" in path}
    names = {Path(path).stem for path in made}
    assert names == {
        "arrangement",
        "fit_1d",
        "irls_convergence",
        "mask_count",
        "mask_weights",
        "nonconvex_gap",
        "ntk_width",
        "prediction_error",
        "regularization_path",
        "solvers",
        "equivalences",
        *(f"{n}_{p}" for n in ("uci_accuracy", "wins_by_lambda") for p in ("paper", "full")),
    }
    for path in made:
        assert (finished.folder / path).stat().st_size > 100, path
    notes = (finished.folder / "results/tiny/tables/uci_accuracy_full.md").read_text()
    assert "Largest relative duality gap behind this table" in notes


def test_second_run_does_nothing_and_says_so(finished):
    assert "Nothing to be done" in finished.run("--cores", "2").stdout


def test_touching_a_source_reruns_nothing(project):
    for path in (project.folder / "src").rglob("*.py"):
        path.touch()
    assert project.scheduled() == set()


def test_editing_one_figure_redraws_that_figure(project):
    project.edit("src/fixing_ntk/figures/fit_1d.py")
    assert project.scheduled() == {"fit_1d"}


def test_editing_a_solver_refits_what_uses_it(project):
    project.edit("src/fixing_ntk/solvers/newton.py")
    rules = project.scheduled()
    assert {"fit_mkl", "fit_conic", "evaluate", "uci_accuracy"} <= rules
    assert not rules & {"prepare_dataset", "sample_masks", "fit_ntk"}


def test_changing_the_grid_refits_mkl_alone(project):
    project.configure(mkl_ratios=[0.5, 0.1, 0.02])
    rules = project.scheduled()
    assert {"fit_mkl", "evaluate", "uci_accuracy"} <= rules
    assert not rules & {"download_dataset", "prepare_dataset", "sample_masks", "fit_ntk"}


def test_results_do_not_depend_on_cores_or_on_other_datasets(finished, tmp_path):
    """Byte for byte, except where seconds and memory are measured."""
    other = Project(tmp_path / "other")
    other.configure(datasets=["sklearn-wine", "sklearn-iris"], protocols=["paper"])
    other.run("--cores", "1")
    ours, theirs = finished.outputs(), other.outputs()
    compared = [
        path
        for path in ours
        if "/paper/sklearn-iris" in path or "/experiments/" in path or "fit_1d" in path
    ]
    compared = [path for path in compared if "mkl_fixes_ntk" not in path]
    assert len(compared) > 8
    assert [path for path in compared if ours[path] != theirs[path]] == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n_gate": 3}, "n_gate: unknown key; did you mean 'n_gates'?"),
        ({"datasets": ["iris"]}, "'iris'"),
        ({"same_lambda": {"reference": 0.15}}, "same_lambda.reference"),
    ],
)
def test_bad_configuration_is_refused_before_any_job(tmp_path, changes, message):
    project = Project(tmp_path / "bad")
    project.configure(**changes)
    done = project.run("--cores", "1", check=False)
    assert done.returncode != 0
    assert message in done.stdout
    assert "Traceback" not in done.stdout
    assert not (project.folder / "results").exists()


def test_uci_sets_come_from_a_mirror_and_are_not_fetched_again(tmp_path):
    mirror = os.environ.get("MIRROR")
    if not mirror:
        pytest.skip("MIRROR names no copy of the UCI files")
    project = Project(tmp_path / "uci")
    both = dict(datasets=["fertility", "monks-1"], example_dataset="fertility")
    project.configure(**both)
    target = "results/tiny/tables/uci_accuracy_full.md"
    project.run("--cores", "2", target, MIRROR=str(Path(mirror).resolve()))
    table = (project.folder / target).read_text()
    n = {row.split("|")[1].strip(): int(row.split("|")[2]) for row in table.splitlines()[2:4]}
    assert n == {"fertility": 75, "monks-1": 417}  # 3/4 of 100 rows, and of both files' 556
    project.configure(**both, mkl_ratios=[0.5, 0.1])
    rules = project.scheduled(target)
    assert "fit_mkl" in rules
    assert "download_dataset" not in rules


def test_the_table_can_be_fitted_by_the_conic_solver(tmp_path):
    project = Project(tmp_path / "conic")
    project.configure(solver="conic", conic_backend="clarabel")
    target = "results/tiny/fits/paper/sklearn-iris/mkl_0-0.csv"
    project.run("--cores", "1", target)
    rows = (project.folder / target).read_text().splitlines()[1:]
    assert all(row.endswith(",conic[clarabel]") for row in rows)
    log = project.folder / "results/tiny/logs/fit_mkl/paper/sklearn-iris/0-0.log"
    assert "conic backend: clarabel" in log.read_text()


def test_a_claim_that_fails_stops_the_run_and_leaves_no_row(project):
    """The conversion between MKL's mu and the group lasso's lambda, one percent off."""
    target = "results/tiny/experiments/mkl_equivalence.csv"
    before = (project.folder / target).read_text()
    assert before.count(",holds,") == 5
    project.edit("src/fixing_ntk/objective.py", "return mu * ", "return 1.01 * mu * ")
    done = project.run("--cores", "1", target, check=False)
    assert done.returncode != 0
    assert "claim fails: Gated ReLU group lasso and MKL" in done.stdout
    assert not (project.folder / target).exists()


def test_the_command_of_a_row_recomputes_it(project):
    table = pd.read_csv(project.folder / "results/tiny/tables/equivalences.csv")
    assert (table.verdict == "holds").all()
    (command,) = table[table.panel == "Multiple Kernel Learning"].command.unique()
    assert command.startswith("snakemake --cores 1 --configfile tiny.yaml --force ")
    (project.folder / command.split()[-1]).unlink()
    project.run("--cores", "1", *command.split()[5:])
    assert (project.folder / command.split()[-1]).exists()


def test_missing_mirror_is_one_clear_error(tmp_path):
    project = Project(tmp_path / "none")
    project.configure(datasets=["fertility"], mirror=str(tmp_path / "nowhere"))
    target = "results/downloads/fertility"
    done = project.run("--cores", "1", target, check=False, MIRROR="")
    assert done.returncode != 0
    assert "fertility" in done.stdout
    assert "MIRROR" in done.stdout
    assert not (project.folder / target).exists()


def mirror_of(project, folder, **positives):
    """A mirror of sets of 40 rows, so many of them +1, each file pinned in the project's copy."""
    for name, count in positives.items():
        rng = np.random.default_rng(count)
        rows = [f"{i}\t{rng.normal():.6f}\t{rng.normal():.6f}\t{int(i < count)}" for i in range(40)]
        place = folder / "data" / name
        place.mkdir(parents=True)
        for file, lines in (
            (f"{name}.txt", [f"fich1= {name}_R.dat"]),
            (f"{name}_R.dat", ["\tf1\tf2\tclase", *rows]),
        ):
            content = "\n".join(lines).encode()
            (place / file).write_bytes(content)
            pin = f"data/{name}/{file} {hashlib.sha256(content).hexdigest()}\n"
            project.edit("src/fixing_ntk/data/uci_sha256.txt", new=pin)  # the last one counts
    return folder


def test_a_dataset_that_fails_does_not_take_the_others_down(tmp_path):
    project = Project(tmp_path / "failing")
    names = ["fertility", "sklearn-iris", "planning"]
    project.configure(datasets=names, protocols=["paper"])
    mirror = mirror_of(project, tmp_path / "mirror", fertility=20, planning=40)
    missing = mirror / "data/fertility/fertility_R.dat"
    kept = missing.rename(tmp_path / "kept")
    targets = [
        f"results/tiny/{kind}/{name}_paper.{end}"
        for name in ("uci_accuracy", "wins_by_lambda")
        for kind, end in (("tables", "md"), ("figures", "svg"))
    ]
    run = ("--cores", "2", "--keep-going", *targets, "results/tiny/tables/solvers.md")

    failing = project.run(*run, check=False, MIRROR=str(mirror))
    assert failing.returncode != 0
    reasons = {
        "fertility": "could not get fertility_R.dat",
        "planning": "column clase is 1 in every row",
    }
    table, *_ = texts = [(project.folder / path).read_text() for path in targets if ".md" in path]
    for name, reason in reasons.items():
        assert re.search(f"failed dataset: {name}: .*{reason}", failing.stdout)
        assert re.search(rf"^\| {name} .*\| failed", table, flags=re.MULTILINE)
        for text in texts:
            assert re.search(rf"^- {name} failed and is left out: .*{reason}", text, re.MULTILINE)
    rows = pd.read_csv(project.folder / targets[0].replace(".md", ".csv")).set_index("dataset")
    assert list(rows.index) == ["sklearn-iris", "fertility", "planning"]
    assert rows.failed.notna().tolist() == [False, True, True]
    assert rows.ntk.notna().tolist() == [True, False, False]
    assert "1 split(s) of 1 datasets" in table
    assert not (project.folder / "results/downloads/fertility").exists()

    assert {"download_dataset", "prepare_dataset", "evaluate"} <= project.scheduled(*targets)
    kept.rename(missing)
    project.configure(datasets=names[:2], protocols=["paper"])
    mended = project.run(*run, MIRROR=str(mirror)).stdout
    assert mended.count("NTK on ") == 1, "the others are not fitted again"
    whole = (project.folder / targets[0]).read_text()
    assert "failed" not in whole
    before, after = (
        [
            cell.strip()
            for line in text.splitlines()
            if "| sklearn-iris" in line
            for cell in line.split("|")
        ]
        for text in (table, whole)
    )
    assert before == after
    assert project.scheduled(*targets) == set()


def test_dependencies_follow_imports():
    names = {
        Path(path).relative_to(ROOT / "src/fixing_ntk").as_posix()
        for path in package_sources(ROOT / "workflow/scripts/fit_mkl.py")
    }
    assert {"solvers/newton.py", "solvers/nonneg_qp.py", "objective.py", "masks.py"} <= names
    assert not any(name.startswith(("figures", "tables")) for name in names)
