"""The pipeline as a user runs it, in a copy of the project."""

import ast
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from project import ROOT, TINY, Project, snakemake

from fixing_ntk.pipeline import dependencies, provenance
from fixing_ntk.pipeline.dependencies import package_sources
from fixing_ntk.results import verify
from fixing_ntk.results.declaration import LEVELS, result_of, results
from fixing_ntk.results.publish import publish
from fixing_ntk.solvers.backends import mosek


def test_snakemakes_linter_misses_nothing_but_environments():
    """There is one for all rules: that of the lock file."""
    command = [sys.executable, "-m", "snakemake", "--lint"]
    lints = subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stderr
    found = set(re.findall(r"^    \* (.*)", lints, re.MULTILINE))
    assert found == {"Specify a conda environment or container for each rule.:"}


def test_every_figure_and_table_is_made(finished):
    made = {path for path in finished.outputs() if "/figures/" in path or "/tables/" in path}
    expected, there = set(), [result for result in results(*LEVELS) if in_tiny(result)]
    for result in there:
        for name in by_protocol(result):
            parts = {
                "figures": ("svg", "png") if result.declared.figure else (),
                "tables": ("csv", "md", "tex", "html", "json") if result.declared.table else (),
            }
            expected |= {
                f"results/tiny/{folder}/{name}.{kind}"
                for folder, kinds in parts.items()
                for kind in kinds
            }
    assert made == expected
    page = (finished.folder / "results/tiny/overview.html").read_text()
    titles = [r.declared.title for r in there if r.declared.figure or r.declared.table]
    assert [title for title in titles if f"<b>{title}" not in page] == []
    notes = (finished.folder / "results/tiny/tables/uci_accuracy_full.md").read_text()
    assert "Largest relative duality gap behind this table" in notes


def in_tiny(result):
    """Whether the tiny run has a result: it has no recursive feature machines."""
    return "rfm" not in result.declared.only_with.split()


def by_protocol(result):
    """Names of a result's files in the tiny run."""
    if not result.declared.by_protocol:
        return [result.name]
    return [f"{result.name}_{protocol}" for protocol in ("paper", "full")]


@pytest.mark.parametrize(
    ("level", "left_out"),
    [("paper", {"beyond", "extended"}), ("beyond", {"extended"}), ("extended", set())],
)
def test_a_run_has_the_results_of_its_level(tmp_path, level, left_out):
    project = Project(tmp_path / "level")
    project.configure(level=level)
    rules = project.scheduled()
    for result in results(*LEVELS):
        mine = {f"{part}_{result.name}" for part in ("compute", "show")} & rules
        made = result.kind not in left_out and in_tiny(result)
        assert bool(mine) == made, result.name
    assert {"prepare_dataset", "sample_masks", "fit_ntk", "fit_mkl", "evaluate"} <= rules
    assert {"show_mask_weights", "compute_arrangement", "show_uci_accuracy"} <= rules
    beyond = {
        *("fit_early_stopping", "fit_averaged", "fit_between", "fit_baselines", "fit_draws"),
        "compare_solvers",
    }
    extended = {
        *("fit_gates", "fit_ntk_wider", "fit_one_program", "fit_exponents", "fit_all_masks"),
        *("fit_losses", "fit_networks"),
    }
    assert beyond & rules == (set() if level == "paper" else beyond)
    assert extended & rules == (extended if level == "extended" else set())


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


def test_second_run_does_nothing_and_says_so(project):
    assert "Nothing to be done" in project.run("--cores", "2").stdout


def test_manifest_names_every_input_and_output_and_the_gap_of_every_fit(finished):
    manifest = json.loads((finished.folder / "results/tiny/manifest.json").read_text())
    outputs = {f"results/tiny/{path}": digest for path, digest in manifest["outputs"].items()}
    results = re.compile(r"results/tiny/(tables|figures|computed)/|results/tiny/overview\.html")
    assert {path for path in finished.outputs() if results.match(path)} <= set(outputs)
    assert set(outputs) < set(finished.outputs())
    table = "results/tiny/tables/claims.csv"
    assert outputs[table] == provenance.sha256(finished.folder / table)
    fits = manifest["fits"]["full"]["sklearn-iris"]
    ours = {"ntk", "ntk_sampled", "mkl", "stopped"}
    assert set(fits) == ours | {"mkl_draw", "averaged", "ntk_averaged", "one_program", "between"}
    assert all(method["fits"] > 0 and method["largest_gap"] <= 1e-6 for method in fits.values())
    assert fits["mkl"]["solvers"] == ["newton"]
    assert manifest["config"]["n_gates"] == 40
    assert manifest["versions"]["numpy"]
    assert manifest["machine"]["blas"]
    runtime = {row["rule"]: row for row in manifest["runtime"]}
    assert runtime["fit_mkl"]["jobs"] >= 1
    assert 0 < runtime["all"]["start_s"] < runtime["all"]["cpu_s"]


def test_verify_finds_what_differs_and_by_how_much(project, tmp_path):
    run, published = project.folder / "results/tiny", tmp_path / "published"
    publish(run, published)
    lines, agree = verify.report(run, published)
    assert agree
    assert all(line.endswith(": identical") for line in lines)
    path = published / "uci_accuracy_full.csv"
    table = pd.read_csv(path)
    table["mkl"] += 0.25
    table.to_csv(path, index=False)
    lines, agree = verify.report(run, published)
    assert not agree
    at = lines.index("uci_accuracy_full.csv: differs")
    assert lines[at + 1].startswith("  mkl: 1 cells, most by 2.3e-01 (sklearn-iris: ")
    (run / "tables/gated_to_relu.csv").unlink()
    with pytest.raises(FileNotFoundError, match="make extended"):
        verify.report(run, published)


def test_a_run_is_published_by_the_levels_of_its_results(project, tmp_path):
    run, published = project.folder / "results/tiny", tmp_path / "published"
    manifest = json.loads((run / "manifest.json").read_text())
    assert publish(run, published) == [published, published / "extended"]
    files = [path for path in published.rglob("*") if path.is_file()]
    for path in files:
        if path.name == "manifest.json":
            assert json.loads(path.read_text()) == manifest
        else:
            kind = "figures" if path.suffix == ".svg" else "tables"
            assert path.read_bytes() == (run / kind / path.name).read_bytes()
            assert (result_of(path.stem).kind == "extended") == (path.parent.name == "extended")
    names = {str(path.relative_to(published)) for path in files}
    assert {"claims.csv", "baselines_full.svg", "baselines_full.md", "fit_1d.svg"} <= names
    assert {"extended/sensitivity.json", "extended/claims_extended.csv"} <= names
    kinds = ("figures/*.svg", "tables/*.csv", "tables/*.md", "tables/*.json")
    assert len(files) == 2 + sum(len([*run.glob(kind)]) for kind in kinds)

    (published / "of_no_result.csv").write_text("of an earlier run")
    (published / "bench").mkdir()
    (published / "bench/times.csv").write_text("of the benchmark")
    before = {path.name: path.read_bytes() for path in (published / "extended").iterdir()}
    manifest["config"]["level"], manifest["commit"] = "beyond", "of another run"
    (run / "manifest.json").write_text(json.dumps(manifest))
    assert publish(run, published) == [published]
    assert {path.name: path.read_bytes() for path in (published / "extended").iterdir()} == before
    after = {str(p.relative_to(published)) for p in published.rglob("*") if p.is_file()}
    assert after == names | {"bench/times.csv"}
    assert "of another run" in (published / "manifest.json").read_text()


def test_a_run_of_some_results_is_published_beside_those_of_other_runs(project, tmp_path):
    run, published = project.folder / "results/tiny", tmp_path / "published"
    publish(run, published)
    manifest = json.loads((run / "manifest.json").read_text())

    def publish_again(**config):
        for name in ("all_masks", "gate_choice"):
            path = run / f"tables/{name}.csv"
            path.write_text(path.read_text().replace("iris", "iri"))
            manifest["outputs"][f"tables/{name}.csv"] = provenance.sha256(path)
        manifest["config"] |= config
        (run / "manifest.json").write_text(json.dumps(manifest))
        return publish(run, published), {*(published / "extended").glob("manifest*")}

    before = {path: path.read_bytes() for path in published.rglob("*.*")}
    renewed, manifests = publish_again(only=["all_masks"])
    assert renewed == [published / "extended"]
    after = {path: path.read_bytes() for path in published.rglob("*.*")}
    (new,) = after.keys() - before.keys()
    assert manifests == {new, published / "extended/manifest.json"}
    assert new.read_bytes() == (run / "manifest.json").read_bytes()
    changed = {path.name for path in before if after.get(path) != before[path]}
    assert changed == {"all_masks.csv"}
    # A manifest goes with the last of its results.
    everything = [result.name for result in results(*LEVELS)]
    assert len(publish_again(only=everything)[1]) == 1
    assert verify.report(run, published)[1]
    manifest["config"]["only"] = ["all_masks"]
    (run / "tables/gate_choice.csv").unlink()
    (run / "manifest.json").write_text(json.dumps(manifest))
    lines, agree = verify.report(run, published)
    assert agree
    assert "gate_choice.csv: not made here (`fixing-ntk extended`)" in lines


def test_what_is_no_finished_run_beyond_the_paper_is_not_published(project, tmp_path):
    run, published = project.folder / "results/tiny", tmp_path / "published"
    text = (run / "manifest.json").read_text()
    table = run / "tables/gated_to_relu.csv"
    table.write_text(table.read_text() + "\n")
    with pytest.raises(ValueError, match=r"gated_to_relu\.csv is newer than .*manifest\.json"):
        publish(run, published)
    (run / "manifest.json").write_text(text.replace('"level": "extended"', '"level": "paper"'))
    with pytest.raises(ValueError, match="run `make beyond` first"):
        publish(run, published)
    (run / "manifest.json").unlink()
    with pytest.raises(FileNotFoundError, match="finish `make beyond` first"):
        publish(run, published)
    assert not published.exists()


def test_a_file_has_the_same_inputs_at_every_level_that_makes_it(project):
    """So that those of a run of level beyond can be published beside an extended one's."""
    files = [
        path.relative_to(project.folder).as_posix()
        for kind in ("figures/*.svg", "tables/*.csv")
        for path in (project.folder / "results/tiny").glob(kind)
        if result_of(path.stem).kind != "extended"
    ]
    project.configure(level="beyond")
    assert project.scheduled(*files) == set()


def test_touching_a_source_reruns_nothing(project):
    for path in (project.folder / "src").rglob("*.py"):
        path.touch()
    assert project.scheduled() == set()


def test_editing_one_figure_redraws_that_figure(project):
    project.edit("src/fixing_ntk/results/paper/fit_1d/figure.py")
    assert project.scheduled() == {"show_fit_1d", "overview", "manifest"}


def test_a_run_of_some_results_makes_what_they_need(project):
    project.configure(seed=1, only=["uci_accuracy"])
    rules = project.scheduled()
    assert {"fit_ntk", "fit_mkl", "show_uci_accuracy", "overview", "manifest"} <= rules
    assert not [rule for rule in rules if rule.startswith("compute_")]
    assert "fit_between" not in rules
    project.configure(only=["uci_acuracy"])
    refused = project.run("--dry-run", check=False).stdout
    assert "only: this run has no result 'uci_acuracy'; it has uci_accuracy" in refused


def test_editing_a_solver_refits_what_uses_it(project):
    project.edit("src/fixing_ntk/solvers/newton.py")
    rules = project.scheduled()
    assert {"fit_mkl", "compare_solvers", "evaluate", "show_uci_accuracy"} <= rules
    assert not rules & {"prepare_dataset", "sample_masks", "fit_ntk"}


def test_changing_the_grid_refits_mkl_alone(project):
    project.configure(mkl_ratios=[0.5, 0.1, 0.02])
    rules = project.scheduled()
    assert {"fit_mkl", "evaluate", "show_uci_accuracy"} <= rules
    assert not rules & {"download_dataset", "prepare_dataset", "sample_masks", "fit_ntk"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n_gate": 3}, "n_gate: unknown key; did you mean 'n_gates'?"),
        ({"datasets": ["iris"]}, "'iris'"),
        ({"same_lambda": {"reference": 0.15}}, "same_lambda.reference"),
        ({"fit_1d": {"n": 1}}, "fit_1d.n: 1 is less than the minimum of 2"),
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


@pytest.mark.skipif(mosek.licence() is None, reason="there is a MOSEK licence")
def test_mosek_without_a_licence_is_refused_before_any_job(tmp_path):
    project = Project(tmp_path / "mosek")
    project.configure(conic_backend="mosek")
    done = project.run("--cores", "1", check=False)
    assert done.returncode != 0
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("config: ")]
    assert line.startswith("config: conic_backend: backend 'mosek' cannot run (no MOSEK licence")
    assert "use backend: clarabel" in line
    assert not (project.folder / "results").exists()


def test_uci_sets_come_from_a_mirror_and_are_not_fetched_again(tmp_path):
    mirror = os.environ.get("MIRROR")
    if not mirror:
        pytest.skip("MIRROR names no copy of the UCI files")
    project = Project(tmp_path / "uci")
    both = dict(datasets=["fertility", "monks-1"], example_dataset="fertility", protocols=["full"])
    both["splits"] = {"full": 1, "folds": 3}
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
    fits = "results/tiny/fits/paper/sklearn-iris"
    targets = [f"{fits}/{method}_0-0.csv" for method in ("mkl", "early_stopping")]
    project.run("--cores", "1", *targets)
    mkl, stopped = (pd.read_csv(project.folder / target) for target in targets)
    assert set(mkl.solver) == {"conic[clarabel]"}
    assert set(stopped.solver) <= {"irls", "conic[clarabel]"}
    log = project.folder / "results/tiny/logs/fit_mkl/paper/sklearn-iris/0-0.log"
    assert "conic backend: clarabel" in log.read_text()


def test_a_claim_that_fails_stops_the_run_and_leaves_no_row(project):
    """The conversion between MKL's mu and the group lasso's lambda, one percent off."""
    target = "results/tiny/computed/mkl_equivalence.csv"
    before = (project.folder / target).read_text()
    assert before.count(",holds,") == 5
    project.edit("src/fixing_ntk/programs/objective.py", "return mu * ", "return 1.01 * mu * ")
    done = project.run("--cores", "1", target, check=False)
    assert done.returncode != 0
    assert "claim fails: Gated ReLU group lasso and MKL" in done.stdout
    assert not (project.folder / target).exists()


def test_the_command_of_a_row_recomputes_it(project):
    table = pd.read_csv(project.folder / "results/tiny/tables/claims.csv")
    assert (table.verdict[table.kind == "theorem"] == "holds").all()
    reported = table[table.kind == "reported"]
    assert len(reported) == len(TINY["protocols"])
    assert set(reported.verdict) <= {"reproduced", "not reproduced"}
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
    names, few = ["fertility", "sklearn-iris", "planning"], dict(protocols=["paper"], level="paper")
    project.configure(datasets=names, **few)
    mirror = mirror_of(project, tmp_path / "mirror", fertility=20, planning=40)
    missing = mirror / "data/fertility/fertility_R.dat"
    kept = missing.rename(tmp_path / "kept")
    targets = [
        f"results/tiny/{kind}/{name}_paper.{end}"
        for name in ("uci_accuracy", "wins_by_lambda")
        for kind, end in (("tables", "md"), ("figures", "svg"))
    ]
    run = ("--cores", "2", "--keep-going", *targets, "results/tiny/overview.html")

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
    project.configure(datasets=names[:2], **few)
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


def test_a_dataset_that_fails_in_one_rule_is_left_out_of_every_table(tmp_path):
    project = Project(tmp_path / "conic")
    project.configure(datasets=["sklearn-iris", "sklearn-wine"], protocols=["paper"])
    start = "    log_to(snakemake.log[0], snakemake.output)\n"
    stop = '    if "wine" in snakemake.input.data:\n        raise RuntimeError("no convergence")\n'
    project.edit("workflow/scripts/compare_solvers.py", start, start + stop)
    names = ("wins_by_lambda_paper", "solvers")
    tables = [f"results/tiny/tables/{name}.md" for name in names]
    done = project.run("--cores", "2", "--keep-going", *tables, check=False)
    assert done.returncode != 0
    assert "failed dataset: sklearn-wine: no convergence" in done.stdout
    for table in tables:
        text = (project.folder / table).read_text()
        assert "sklearn-wine failed and is left out: no convergence" in text


def test_a_claim_that_fails_is_named(tmp_path):
    project = Project(tmp_path / "claim")
    project.configure(arrangement=dict(n=6, samples=[6] * 9, n_gates=1000, batches=50))
    done = project.run("--cores", "1", "results/tiny/computed/arrangement.csv", check=False)
    assert done.returncode != 0
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("failed job: ")]
    log = (project.folder / "results/tiny/logs/compute/arrangement.log").read_text()
    assert (
        line == f"failed job: compute_arrangement: {log.splitlines()[-1].removeprefix('failed: ')}"
    )
    assert "killed" not in line


@pytest.mark.parametrize("name", ["it's (a & b); c", "ä*?~#[x]!"])
def test_the_path_of_the_project_may_hold_what_a_shell_reads(tmp_path, name):
    project = Project(tmp_path / name)
    (project.folder / ".venv").symlink_to(sys.prefix)
    done = subprocess.run(
        [
            *(project.folder / ".venv/bin/python", "-m", "snakemake", "--configfile", "tiny.yaml"),
            *("--cores", "1", "results/tiny/fits/paper/sklearn-iris/ntk_0-0.csv"),
        ],
        cwd=project.folder,
        env=os.environ | {"PYTHONPATH": str(project.folder / "src")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("character", ['"', "$", "`", "\\", "{", "}"])
def test_set_up_refuses_a_path_that_no_run_could_use(tmp_path, character):
    folder = tmp_path / f"a{character}b"
    folder.mkdir()
    for name in ("Makefile", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, folder)
    done = subprocess.run(["make", "setup"], cwd=folder, capture_output=True, text=True)
    assert done.returncode != 0
    assert f"make setup: move the project, its path holds {character}" in done.stderr.splitlines()
    assert not (folder / ".venv").exists()


def test_imports_are_those_of_the_parsed_source():
    for path in [*ROOT.glob("src/fixing_ntk/**/*.py"), *ROOT.glob("workflow/scripts/*.py")]:
        found = set()
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
            elif isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
        files = {file for name in found if name for file in dependencies.files_of(name)}
        assert dependencies.imports(path) == files, path


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
    assert not any(name.startswith(("results", "comparison/own")) for name in names)


def test_the_benchmark_leaves_the_kernel_to_blas(tmp_path):
    project = Project(tmp_path / "bench")
    (project.folder / "wrapped").write_text(
        'include: "workflow/bench/Snakefile"\n'
        "rule variables:\n"
        '    output: "variables.txt"\n'
        '    shell: "env > {output}"\n'
    )
    words = ("--snakefile", "wrapped", "--cores", "1", "--", "variables.txt")
    chosen = dict(OPENBLAS_CORETYPE="Prescott", OPENBLAS_L2_SIZE="512")
    done = snakemake(project.folder, *words, source=project.folder / "src", **chosen)
    assert done.returncode == 0, done.stdout
    of_job = (project.folder / "variables.txt").read_text()
    assert "PATH=" in of_job
    assert [name for name in chosen if name in of_job] == []
