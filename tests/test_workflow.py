"""The pipeline as a user runs it, in a copy of the project."""

import hashlib
import json
import os
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from project import ROOT, Project

from fixing_ntk.evaluation import verify
from fixing_ntk.pipeline import provenance
from fixing_ntk.pipeline.dependencies import package_sources

BY_PROTOCOL = ("uci_accuracy", "wins_by_lambda", "baselines", "critical_difference")
pytestmark = pytest.mark.slow


def test_clean_copy_schedules_every_stage_from_the_root(tmp_path):
    rules = Project(tmp_path / "clean").scheduled()
    assert {
        "prepare_dataset",
        "sample_masks",
        "fit_ntk",
        "fit_mkl",
        "compare_solvers",
        "evaluate",
    } <= (rules)
    assert {"fit_1d", "irls_convergence", "mask_weights", "regularization_path"} <= rules
    assert {"arrangement", "prediction_error", "mask_count", "run_experiment"} <= rules
    assert {"uci_accuracy", "wins_by_lambda", "solvers", "claims"} <= rules


def test_every_figure_and_table_is_made(finished):
    made = {path for path in finished.outputs() if "/figures/" in path or "/tables/" in path}
    names = {Path(path).stem for path in made}
    assert names == {
        "arrangement",
        "at_least_as_accurate",
        "who_wins",
        "fit_1d",
        "gated_to_relu",
        "irls_1d",
        "irls_convergence",
        "mask_count",
        "mask_weights",
        "nonconvex_gap",
        "ntk_width",
        "prediction_error",
        "regularization_path",
        "solvers",
        "claims",
        "when_it_pays",
        *(f"{name}_{protocol}" for name in BY_PROTOCOL for protocol in ("paper", "full")),
    }
    for path in made:
        assert (finished.folder / path).stat().st_size > 50, path
    notes = (finished.folder / "results/tiny/tables/uci_accuracy_full.md").read_text()
    assert "Largest relative duality gap behind this table" in notes


def test_the_first_draws_are_the_splits_and_masks_of_protocol_full(finished):
    """Of the same rows and gates: both NTKs and MKL have as many test rows right at one penalty."""
    keys = ["dataset", "split", "method", "ratio"]
    results = finished.folder / "results/tiny"
    draws = pd.concat(map(pd.read_csv, sorted((results / "draws").rglob("*.csv"))))
    full = pd.read_csv(results / "evaluation/full/records.csv")
    ours, theirs = (
        rows[rows.stage == "same"].set_index(keys)[["correct", "total"]] for rows in (draws, full)
    )
    assert set(ours.index.unique("split")) == {0, 1, 2, 3}
    assert set(theirs.index.unique("split")) == {0, 1, 2}
    pd.testing.assert_frame_equal(ours.loc[theirs.index], theirs, check_dtype=False)


FITS = ("ntk", "mkl", "baselines")


def test_second_run_does_nothing_and_says_so(project):
    assert "Nothing to be done" in project.run("--cores", "2").stdout


def test_one_core_gives_the_same_tables(finished, tmp_path):
    """Jobs then run in another order too."""
    project = Project(tmp_path / "one")
    names = [f"results/tiny/tables/{name}_full.csv" for name in ("uci_accuracy", "baselines")]
    project.run("--cores", "1", *names, "results/tiny/experiments/mkl_fixes_ntk.csv")
    ours, theirs = project.reproducible(), finished.reproducible()
    assert len(ours) > 20
    assert [path for path in ours if ours[path] != theirs[path]] == []


def test_the_scheduler_wakes_for_jobs_alone_unless_their_rate_is_limited(tmp_path):
    project = Project(tmp_path / "wakes")
    project.configure(splits={"full": 1, "per_job": 1, "folds": 3})

    def wakes_and_jobs(protocol, *limit):
        fits = [f"results/tiny/fits/{protocol}/sklearn-iris/{rule}_0-0.csv" for rule in FITS]
        said = project.run("--cores", "1", "--verbose", *limit, "--", *fits).stdout
        return said.count("Ready jobs: "), said.count("Finished jobid: ")

    wakes, jobs = wakes_and_jobs("full")
    assert jobs >= 4
    assert wakes <= jobs + 1
    wakes, jobs = wakes_and_jobs("paper", "--max-jobs-per-timespan", "50/1s")
    assert wakes > jobs + 1


def test_manifest_names_every_input_and_output_and_the_gap_of_every_fit(finished):
    manifest = json.loads((finished.folder / "results/tiny/manifest.json").read_text())
    outputs = {f"results/tiny/{path}": digest for path, digest in manifest["outputs"].items()}
    assert set(outputs) | {"results/tiny/manifest.json"} == set(finished.outputs())
    table = "results/tiny/tables/claims.csv"
    assert outputs[table] == provenance.sha256(finished.folder / table)
    fits = manifest["fits"]["full"]["sklearn-iris"]
    assert set(fits) == {"ntk", "ntk_sampled", "mkl", "stopped"}
    assert all(method["fits"] > 0 and method["largest_gap"] <= 1e-6 for method in fits.values())
    assert fits["mkl"]["solvers"] == ["newton"]
    assert manifest["config"]["n_gates"] == 40
    assert manifest["versions"]["numpy"]
    assert manifest["machine"]["blas"]
    runtime = {row["rule"]: row for row in manifest["runtime"]}
    assert runtime["fit_mkl"]["jobs"] >= 1
    assert 0 < runtime["all"]["start_s"] < runtime["all"]["cpu_s"]


def test_verify_finds_what_differs_and_by_how_much(project, tmp_path):
    tables = project.folder / "results/tiny/tables"
    lines, agree = verify.report(tables, tables)
    assert agree
    assert all(line.endswith(": identical") for line in lines)
    published = shutil.copytree(tables, tmp_path / "published")
    path = published / "uci_accuracy_full.csv"
    table = pd.read_csv(path)
    table["mkl"] += 0.25
    table.to_csv(path, index=False)
    lines, agree = verify.report(tables, published)
    assert not agree
    at = lines.index("uci_accuracy_full.csv: differs")
    assert lines[at + 1].startswith("  mkl: 1 cells, most by 2.3e-01 (sklearn-iris: ")
    (tables / "solvers.csv").unlink()
    with pytest.raises(FileNotFoundError, match="make paper"):
        verify.report(tables, published)


def test_touching_a_source_reruns_nothing(project):
    for path in (project.folder / "src").rglob("*.py"):
        path.touch()
    assert project.scheduled() == set()


def test_editing_one_figure_redraws_that_figure(project):
    project.edit("src/fixing_ntk/report/figures/fit_1d.py")
    assert project.scheduled() == {"fit_1d", "overview", "manifest"}


def test_editing_a_solver_refits_what_uses_it(project):
    project.edit("src/fixing_ntk/solvers/newton.py")
    rules = project.scheduled()
    assert {"fit_mkl", "compare_solvers", "evaluate", "uci_accuracy"} <= rules
    assert not rules & {"prepare_dataset", "sample_masks", "fit_ntk"}


def test_changing_the_grid_refits_mkl_alone(project):
    project.configure(mkl_ratios=[0.5, 0.1, 0.02])
    rules = project.scheduled()
    assert {"fit_mkl", "evaluate", "uci_accuracy"} <= rules
    assert not rules & {"download_dataset", "prepare_dataset", "sample_masks", "fit_ntk"}


def test_results_do_not_depend_on_cores_threads_or_other_datasets(finished, tmp_path):
    """Byte for byte, except where seconds and memory are measured."""
    other = Project(tmp_path / "other")
    other.configure(datasets=["sklearn-wine", "sklearn-iris"], protocols=["paper"])
    ours = finished.outputs()
    compared = [
        path
        for path in ours
        if "/paper/sklearn-iris" in path or "/experiments/" in path or "fit_1d" in path
    ]
    compared = [path for path in compared if "mkl_fixes_ntk" not in path]  # on all datasets
    assert len(compared) > 8
    other.run("--cores", "1", *compared, OPENBLAS_NUM_THREADS="2", OMP_NUM_THREADS="2")
    theirs = other.outputs()
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
    folder = "results/tiny/fits/paper/sklearn-iris"
    targets = [f"{folder}/{method}_0-0.csv" for method in ("mkl", "early_stopping")]
    project.run("--cores", "1", *targets)
    mkl, stopped = (pd.read_csv(project.folder / target) for target in targets)
    assert set(mkl.solver) == {"conic[clarabel]"}
    assert set(stopped.solver) <= {"irls", "conic[clarabel]"}
    log = project.folder / "results/tiny/logs/fit_mkl/paper/sklearn-iris/0-0.log"
    assert "conic backend: clarabel" in log.read_text()


def test_a_run_without_baselines_has_everything_else(tmp_path):
    project = Project(tmp_path / "without")
    with_them = project.scheduled()
    project.configure(baselines=[])
    left_out = {"fit_baselines", "baselines", "critical_difference"}
    assert left_out <= with_them
    assert project.scheduled() == with_them - left_out


def test_a_claim_that_fails_stops_the_run_and_leaves_no_row(project):
    """The conversion between MKL's mu and the group lasso's lambda, one percent off."""
    target = "results/tiny/experiments/mkl_equivalence.csv"
    before = (project.folder / target).read_text()
    assert before.count(",holds,") == 5
    project.edit("src/fixing_ntk/programs/objective.py", "return mu * ", "return 1.01 * mu * ")
    done = project.run("--cores", "1", target, check=False)
    assert done.returncode != 0
    assert "claim fails: Gated ReLU group lasso and MKL" in done.stdout
    assert not (project.folder / target).exists()


def test_the_command_of_a_row_recomputes_it(project):
    table = pd.read_csv(project.folder / "results/tiny/tables/claims.csv")
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
        halves = [" ".join(map(str, range(k, 40, 2))) for k in (0, 1)]
        for file, lines in (
            (f"{name}.txt", [f"fich1= {name}_R.dat"]),
            (f"{name}_R.dat", ["\tf1\tf2\tclase", *rows]),
            ("conxuntos.dat", halves),
            ("conxuntos_kfold.dat", 4 * halves),
        ):
            content = "\n".join(lines).encode()
            (place / file).write_bytes(content)
            pin = f"data/{name}/{file} {hashlib.sha256(content).hexdigest()}\n"
            project.edit("src/fixing_ntk/data/uci_sha256.txt", new=pin)  # the last one counts
    return folder


def test_a_dataset_that_fails_does_not_take_the_others_down(project, tmp_path):
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
    across = [f"results/tiny/tables/{name}.md" for name in ("solvers", "baselines_paper")]
    run = ("--cores", "2", "--keep-going", *targets, *across, "results/tiny/overview.html")

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
    page = (project.folder / "results/tiny/overview.html").read_text()
    assert "planning failed and is left out" in page
    assert "claims" in page
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


def test_a_cone_program_that_fails_costs_its_own_table_alone(tmp_path):
    project = Project(tmp_path / "conic")
    project.configure(datasets=["sklearn-iris", "sklearn-wine"], protocols=["paper"])
    start = "    params = snakemake.params\n"
    stop = '    if "wine" in snakemake.input.data:\n        raise RuntimeError("no convergence")\n'
    project.edit("workflow/scripts/compare_solvers.py", start, start + stop)
    accuracy, solvers = (f"results/tiny/tables/{n}.md" for n in ("uci_accuracy_paper", "solvers"))
    done = project.run("--cores", "2", "--keep-going", accuracy, solvers, check=False)
    assert done.returncode != 0
    assert "failed dataset, left out of solvers: sklearn-wine: no convergence" in done.stdout
    table = (project.folder / accuracy).read_text()
    assert "sklearn-wine" in table
    assert "failed" not in table
    assert "sklearn-wine failed and is left out" in (project.folder / solvers).read_text()


def test_dependencies_follow_imports():
    names = {
        Path(path).relative_to(ROOT / "src/fixing_ntk").as_posix()
        for path in package_sources(ROOT / "workflow/scripts/fit_mkl.py")
    }
    assert {
        "solvers/newton.py",
        "solvers/nonneg_qp.py",
        "programs/objective.py",
        "masks/mask_set.py",
    } <= names
    assert not any(name.startswith(("report", "experiments/own")) for name in names)
