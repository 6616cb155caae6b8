"""What jobs ask a cluster for covers what the paper's run took, and is no wild guess."""

import json
import re

import pytest
import yaml
from project import ROOT

from fixing_ntk.data import catalog
from fixing_ntk.pipeline import resources
from fixing_ntk.results.declaration import EXTENDED, LEVELS, results

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


@pytest.mark.parametrize("rule", [*FITS, "fit_rfm", "compare_own_data", "learn_own_data", "new"])
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


@pytest.mark.parametrize("path", sorted((ROOT / "workflow").rglob("*.smk")), ids=lambda p: p.name)
def test_rules_touch_nothing_private_of_snakemake(path):
    assert set(re.findall(r"\bworkflow\.(\w+)", path.read_text())) <= {"source_path"}
