"""What jobs ask a cluster for: a model of finished runs, and which jobs share a Slurm job."""

import json
import re

import numpy as np
import pytest
import yaml
from project import ROOT, TINY, Project

from fixing_ntk.data import catalog
from fixing_ntk.pipeline import fit_needs, needs
from fixing_ntk.pipeline.config import resolve
from fixing_ntk.pipeline.plan import FITS, TOGETHER, Plan, units

MODEL, SCHEMA = ROOT / "workflow/needs.csv", ROOT / "workflow/schemas/config.schema.yaml"
PAPER = yaml.safe_load((ROOT / "config.yaml").read_text())


def configuration(**changes):
    return resolve(PAPER | changes, SCHEMA)


def needs_of(config):
    return needs.Needs(MODEL, config, catalog.sizes())


def plan_of(config, at_a_time=100):
    return Plan(config, needs_of(config), at_a_time)


def finished(folder, config, took):
    """A finished run's folder with a log of each fit, of which ``took(rule, work)`` tells."""
    (folder / "manifest.json").write_text(json.dumps(dict(config=config)))
    for unit in units(config):
        for rule in unit.rules:
            work = needs.work(config, catalog.sizes(), *unit[1:4])
            names = [unit.dataset]
            if rule != "compare_solvers":
                block = f"0-{unit.splits - 1}"
                names = [*([] if rule == "fit_draws" else [unit.protocol]), *names, block]
            log = folder / "logs" / rule / "/".join(names)
            log.parent.mkdir(parents=True, exist_ok=True)
            seconds, mb = took(rule, work)
            text = f"began\ntook {seconds:.2f} CPU seconds, 0.10 of them to start, and {mb:.0f} MB"
            log.with_suffix(".log").write_text(f"{text} at the peak\n")


def test_the_model_is_recovered_from_logs_that_follow_it(tmp_path):
    config = configuration()
    truth = needs_of(config)

    def took(rule, work):
        return [
            truth.fitted[rule, need].of(needs.terms_of(rule, need), work)
            for need in ("seconds", "mb")
        ]

    (tmp_path / "paper").mkdir()
    finished(tmp_path / "paper", config, took)
    fitted, errors = fit_needs.fit(fit_needs.records(tmp_path))
    assert {rule for rule, _ in fitted} == {*FITS, "compare_solvers", "fit_baselines", "fit_draws"}
    assert max(row["median"] for row in errors) < 0.02
    assert max(row["margin"] for row in errors) <= 1.1  # logs have hundredths of seconds, whole MB


def test_asked_is_never_below_what_was_used_and_at_most_twice_and_a_step(tmp_path):
    config, rng = configuration(), np.random.default_rng(0)
    truth = needs_of(config)
    used = {}

    def took(rule, work):
        used[rule, work] = [
            truth.fitted[rule, need].of(needs.terms_of(rule, need), work) * rng.uniform(0.8, 1.2)
            for need in ("seconds", "mb")
        ]
        return used[rule, work]

    (tmp_path / "paper").mkdir()
    finished(tmp_path / "paper", config, took)
    fitted, errors = fit_needs.fit(fit_needs.records(tmp_path))
    needs.write(tmp_path / "needs.csv", fitted)
    asked = needs.Needs(tmp_path / "needs.csv", config, catalog.sizes())
    for unit in units(config):
        for rule in unit.rules:
            seconds, mb = used[rule, needs.work(config, catalog.sizes(), *unit[1:4])]
            assert 60 * asked.minutes(rule, *unit[1:4]) >= seconds
            assert asked.mem_mb(rule, *unit[1:4]) >= mb + needs.WRAPPING_MB
    assert max(row["over"] for row in errors) < 2


def test_what_finished_runs_used_is_asked_for_and_no_more_than_twice_with_a_step():
    """Of the runs that the model in use was fitted to, by `make needs`."""
    import pandas as pd

    errors = pd.read_csv(ROOT / "results/published/needs/errors.csv")
    fits = errors[~errors.rule.str.startswith(needs.EXPERIMENT)]
    assert set(fits.rule) >= {*FITS, "compare_solvers", "fit_baselines", "fit_draws"}
    assert fits.over.max() < 2
    model = needs.read(MODEL)
    for row in errors.itertuples():
        assert model[row.rule, row.need].margin == row.margin >= 1


def test_needs_follow_what_a_job_does():
    base, job = configuration(), ("blood", "full", 10)

    def asks(rule, config, job=job):
        return needs_of(config).predicted(rule, "seconds", *job)

    few = needs_of(base).predicted("fit_mkl", "seconds", "blood", "full", 1)
    assert asks("fit_mkl", base) > 5 * few
    assert asks("fit_mkl", base, ("ozone", "full", 10)) > 5 * asks("fit_mkl", base)
    assert asks("fit_mkl", configuration(n_gates=4000)) > asks("fit_mkl", base)
    assert asks("fit_mkl", configuration(mkl_ratios=[0.5])) < asks("fit_mkl", base)
    svm = configuration(baselines={"svm_C": [1.0]})
    assert asks("fit_baselines", svm) < asks("fit_baselines", base)
    assert needs_of(base).mem_mb("fit_ntk", "spambase", "full", 1) > 2 * needs_of(base).mem_mb(
        "fit_ntk", "blood", "full", 1
    )


def test_an_experiment_that_was_never_measured_asks_for_what_is_enough_for_most():
    model = needs_of(configuration())
    assert model.mem_mb("experiments/new") == needs.asked_mb(300)
    assert model.minutes("experiments/new") == 45


@pytest.mark.parametrize("at_a_time", [1, 20, 100, 10_000])
def test_slurm_jobs_that_share_ask_for_no_more_than_the_goal(at_a_time):
    config = configuration(splits={"full": 500, "per_job": 5})
    plan = plan_of(config, at_a_time)
    assert plan.goal <= config["cluster"]["minutes"]
    for unit in plan.units:
        together = plan.together(unit)
        assert together in TOGETHER
        assert together == 1 or together * plan.minutes(unit) <= plan.goal


def test_more_jobs_at_a_time_make_more_slurm_jobs_and_longer_ones_fewer():
    def jobs(at_a_time, minutes):
        config = configuration(splits={"full": 500, "per_job": 5}, cluster={"minutes": minutes})
        return plan_of(config, at_a_time).rows([])[-1].jobs

    assert jobs(10, 30) < jobs(2000, 30)
    assert jobs(10, 60) < jobs(10, 30) < jobs(10, 10)


def test_the_profile_has_a_group_of_every_number():
    profile = yaml.safe_load((ROOT / "workflow/profiles/slurm/config.yaml").read_text())
    assert profile["group-components"] == [f"of-{k}={k}" for k in TOGETHER[1:]]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"baselines": []},
        {"protocols": ["full"], "splits": {"full": 7, "per_job": 3}, "rfm": True},
        {"protocols": ["paper"], "datasets": ["sklearn-iris", "sklearn-wine"]},
    ],
)
def test_the_plan_counts_what_snakemake_would_run(tmp_path, changes):
    project = Project(tmp_path / "project")
    project.configure(**changes)
    said = project.run("--dry-run").stdout
    counts = dict(re.findall(r"^(\w+) +(\d+)$", said, re.MULTILINE))
    *rules, every = plan_of(resolve(PAPER | TINY | changes, SCHEMA)).rows(named_experiments())
    known = {"run_experiment", *(rule for rule, _ in needs.MODEL)}
    run = {rule: int(count) for rule, count in counts.items() if rule in known}
    assert {row.name: row.jobs for row in rules} == run
    assert every.files == sum(row.files for row in rules)


def named_experiments():
    text = (ROOT / "workflow/rules/experiments.smk").read_text()
    return re.findall(r'^    "(\w+)": \[', text, re.MULTILINE)


def test_what_was_measured_is_what_there_is():
    measured = needs_of(configuration())
    assert set(measured.experiments()) <= set(named_experiments())
    for key, need in measured.fitted.items():
        assert set(need.coefficients) <= set(needs.terms_of(*key)), f"{key}: run `make needs`"
