"""What jobs ask a cluster for covers what the paper's run took, and is no wild guess."""

import json
import re

import pytest
import yaml
from project import ROOT

from fixing_ntk.comparison.methods import ALWAYS, SELECTABLE, on_a_table
from fixing_ntk.data import catalog, memory
from fixing_ntk.pipeline import own_time, resources
from fixing_ntk.results.declaration import EXTENDED, LEVELS, results
from fixing_ntk.solvers import lp_newton

MANIFEST = json.loads((ROOT / "results/published/manifest.json").read_text())
FITS = ("sample_masks", "fit_ntk", "fit_mkl", "fit_draws", "fit_baselines", "compare_solvers")


def asked(rule, dataset, splits, gates=1000):
    size = catalog.sizes()[dataset]
    return resources.fit_minutes(rule, size.pooled, size.features, gates, splits)


@pytest.mark.parametrize("rule", FITS)
def test_the_published_run_took_less_than_it_would_ask_for(rule):
    (took,) = [row for row in MANIFEST["runtime"] if row["rule"] == rule]
    names = catalog.expand(MANIFEST["config"]["datasets"])
    blocks = took["jobs"] // len(names)
    minutes = sum(asked(rule, name, 1) * blocks for name in names)
    assert 2 * took["cpu_s"] < 60 * minutes


def test_memory_is_that_of_measured_jobs_and_not_many_times_it():
    """Peak of the job and Snakemake's own 320 MB, in MB; the largest set of each rule."""
    ozone, blood = catalog.sizes()["ozone"], catalog.sizes()["blood"]
    assert 890 < resources.fit_mb(ozone.pooled, ozone.features, 1000) < 2 * 890
    assert 560 < resources.fit_mb(blood.pooled, blood.features, 1000) < 2 * 560


@pytest.mark.parametrize("rule", [*FITS, "fit_rfm", "new"])
def test_more_of_anything_asks_for_no_less(rule):
    usual = dict(n=3000, d=30, p=1000)
    for name in usual:
        more = usual | {name: 10 * usual[name]}
        assert resources.fit_minutes(rule, **more) >= resources.fit_minutes(rule, **usual)
        assert resources.fit_mb(**more) > resources.fit_mb(**usual)
    assert resources.fit_minutes(rule, **usual, splits=1000) > resources.fit_minutes(rule, **usual)


def test_only_the_map_asks_for_more_than_minutes_but_for_extended_results():
    kinds = {result.name: result.kind for result in results(*LEVELS) if result.declared.compute}
    assert {*resources.LONG, *resources.LARGE} <= kinds.keys()
    asked = {name: resources.computation_minutes(name) for name in kinds}
    long = {name for name, kind in kinds.items() if kind != EXTENDED and asked[name] > 5}
    assert long == {"when_it_pays"}
    assert resources.computation_minutes("new") == resources.COMPUTATION_MINUTES


def test_rules_that_share_a_slurm_job_are_in_the_profile():
    profile = yaml.safe_load((ROOT / "workflow/profiles/slurm/config.yaml").read_text())
    groups = {group.split("=")[0] for group in profile["group-components"]}
    assert groups == {"sample_masks", "fits", "fit_baselines", "fit_draws"}
    rules = "".join(path.read_text() for path in (ROOT / "workflow/rules").glob("*.smk"))
    assert groups <= {"fits", *re.findall(r'shared\("(\w+)"\)', rules)}


RULES = pytest.mark.parametrize(
    "path", sorted((ROOT / "workflow/rules").glob("*.smk")), ids=lambda path: path.name
)


@RULES
def test_a_rule_runs_where_snakemake_does_or_asks_for_memory_and_time(path):
    """tests/pipeline/slurm submits some of those that ask, of each group."""
    for rule in re.split(r"^ *rule\b", path.read_text(), flags=re.MULTILINE)[1:]:
        name, *_ = rule.split(":")
        asks = {key for key in ("mem_mb=", "runtime=") if key in rule}
        assert ("localrule: True" in rule) == (not asks), name
        assert len(asks) in (0, 2), name
        assert ("shared(" in rule) == (name.strip().startswith(("fit_", "sample_", "compare_s")))


@RULES
def test_rules_touch_nothing_private_of_snakemake(path):
    assert set(re.findall(r"\bworkflow\.(\w+)", path.read_text())) <= {"source_path", "cores"}


CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())
TABLE = catalog.Size(2000, 2000, 20)


def of_own(**changes):
    return CONFIG | {"own": CONFIG["own"] | changes}


@pytest.mark.parametrize("key", on_a_table("classification"))
def test_a_method_of_an_own_table_costs_no_less_for_more_of_anything(key):
    def cost(n=2000, features=20, outputs=3, **changes):
        size = catalog.Size(n, n, features, outputs)
        return own_time.seconds_by_method(n, size, "classification", of_own(**changes))[key]

    for more in (dict(n=4000), dict(features=200), dict(outputs=9)):
        assert cost(**more) >= cost()
    assert cost(n=4000) > cost() or key in ("guess", "logistic")
    assert cost(tuning_rows=500) <= cost()
    fit_alone = own_time.COSTS[key][1]
    added = cost(n=40_000, tuning_rows=500) - cost(n=20_000, tuning_rows=500)
    outputs = 3 if key in own_time.BY_OUTPUT else 1
    assert added == pytest.approx(outputs * (fit_alone.of(40_000, 20) - fit_alone.of(20_000, 20)))


def test_the_configuration_lists_the_methods_that_can_be_selected():
    schema = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text())
    listed = schema["properties"]["own"]["properties"]["methods"]["items"]["enum"]
    assert listed == CONFIG["own"]["methods"] == [*SELECTABLE]
    assert {*SELECTABLE, *ALWAYS} == {*on_a_table("classification")} == {*own_time.COSTS}


def test_methods_and_splits_that_are_left_out_cost_nothing():
    everything = own_time.seconds_by_method(2000, TABLE, "classification", of_own())
    assert set(everything) == set(on_a_table("classification"))
    assert "log_loss" not in own_time.seconds_by_method(2000, TABLE, "regression", of_own())
    some = own_time.seconds_by_method(2000, TABLE, "classification", of_own(methods=["svm"]))
    assert some == {key: everything[key] for key in ("mkl", "svm", "guess")}


@pytest.mark.parametrize(("n", "long"), [(500, False), (60_000, True)])
def test_a_run_says_what_it_takes_and_beyond_an_hour_how_to_shorten_it(n, long, monkeypatch):
    size = catalog.Size(n, n, 20)
    needed = memory.bytes_needed(n, 20, CONFIG["n_gates"])
    for machine, fits in ((3 * needed, True), (1.5 * needed, False)):
        monkeypatch.setattr(own_time, "machine_memory", lambda bytes_=machine: bytes_)
        lines = own_time.estimate(size, "classification", of_own(splits=3), 2)
        assert any("`--cores 1`" in line for line in lines) != fits
    first, *rest = (line for line in lines if "--cores" not in line)
    assert f"{needed / 1e9:.1f} GB of memory for each job" in first
    assert re.search(r"estimate: [\d.]+ (s|min|h) on 2 core\(s\)", first)
    assert bool(rest) == long
    if long:
        named = re.findall(r"(\w+) [\d.e+]+ (?:s|min|h)\b", rest[0])
        total = own_time.seconds_by_method(n, size, "classification", of_own())
        assert named[0] == max(total, key=total.get)
        assert {*named} == {*total}
        assert "`--methods`" in rest[0]
        assert "`--splits`" in rest[0]


@pytest.mark.parametrize("methods", [[], ["svm"], ["ntk"], ["svm", "between"]])
def test_methods_without_kernels_of_all_rows_need_less_memory(methods):
    held = own_time.matrices(methods)
    assert held == {"ntk": 5, "between": 9}.get((methods or [""])[-1], 0)


def test_a_fit_of_many_rows_keeps_no_factors():
    """So 20,000 rows of 20 features need less than 16 GB."""
    few, beyond = memory.FACTORS_UP_TO, memory.FACTORS_UP_TO + 1
    assert memory.bytes_needed(20_000, 20, 1000) < 16e9
    assert memory.bytes_needed(beyond, 20, 1000) < memory.bytes_needed(few, 20, 1000)
    assert memory.FACTORS_UP_TO == lp_newton.FACTOR_UP_TO


def test_the_time_of_a_run_is_that_of_its_jobs_on_the_cores():
    def seconds(cores, **changes):
        (line, *_) = own_time.estimate(TABLE, "classification", of_own(**changes), cores)
        value, unit = re.search(r"estimate: ([\d.]+) (s|min|h)", line).groups()
        return float(value) * {"s": 1, "min": 60, "h": 3600}[unit]

    of_split = sum(own_time.seconds_by_method(1500, TABLE, "classification", of_own()).values())
    of_all = sum(own_time.seconds_by_method(2000, TABLE, "classification", of_own()).values())
    alone = 5 * of_split + of_all + 6 * own_time.OF_A_JOB
    rounding = dict(rel=0.08, abs=30)  # whole minutes are said
    assert seconds(1) == pytest.approx(alone, **rounding)
    assert seconds(2) == pytest.approx(alone / 2, **rounding)
    assert seconds(100) == pytest.approx(of_all + own_time.OF_A_JOB, rel=0.08)
    assert seconds(1, splits=10) > 1.5 * seconds(1)
    asked = own_time.minutes(2000, TABLE, "classification", of_own())
    assert of_all < 60 * asked < 10 * of_all
