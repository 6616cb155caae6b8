from pathlib import Path

import pytest
import yaml

from fixing_ntk.pipeline import config_reference
from fixing_ntk.pipeline.config import ConfigError, resolve

ROOT = Path(__file__).parents[1]
SCHEMA = ROOT / "workflow/schemas/config.schema.yaml"
NAN, INF = float("nan"), float("inf")
MINIMAL = {"name": "x", "datasets": ["blood"], "example_dataset": "blood"}


def test_shipped_configurations_resolve():
    paper = yaml.safe_load((ROOT / "config.yaml").read_text())
    quick = yaml.safe_load((ROOT / "workflow/config/quick.yaml").read_text())
    assert resolve(paper, SCHEMA)["name"] == "paper"
    assert resolve({**paper, **quick}, SCHEMA)["splits"]["folds"] == 5


def test_defaults_come_from_the_schema_and_are_not_shared():
    first, second = resolve(MINIMAL, SCHEMA), resolve(MINIMAL, SCHEMA)
    assert first["tol"] == 1e-6
    assert first["same_lambda"]["reference"] in first["same_lambda"]["ratios"]
    assert len(first["same_lambda"]["ratios"]) >= 8
    first["mkl_ratios"].append(0.0)
    assert second["mkl_ratios"][-1] != 0.0
    assert "tol" not in MINIMAL


def test_every_key_is_described():
    def walk(schema, path=""):
        for key, sub in schema.get("properties", {}).items():
            yield f"{path}{key}", sub
            yield from walk(sub, f"{path}{key}.")

    keys = list(walk(yaml.safe_load(SCHEMA.read_text())))
    assert len(keys) > 30
    assert [name for name, sub in keys if not sub.get("description")] == []


REFUSED = [
    # keys
    ({"n_gate": 10}, "n_gate: unknown key; did you mean 'n_gates'?"),
    ({"splits": {"fold": 3}}, "splits.fold: unknown key; did you mean 'folds'?"),
    ({"xyzzy": "red"}, "xyzzy: unknown key; known keys: name"),
    ({1: 2}, "1: unknown key"),
    # types
    ({"tol": "1e-6"}, "tol: '1e-6' is not of type 'number'"),
    ({"mirror": ["a", "b"]}, "mirror: ['a', 'b'] is not of type 'string'"),
    ({"n_gates": True}, "n_gates: True is not of type 'integer'"),
    ({"n_gates": 100.0}, "n_gates: 100.0 is not of type 'integer'"),
    ({"n_gates": None}, "n_gates: None is not of type 'integer'"),
    ({"tol": False}, "tol: False is not of type 'number'"),
    ({"seed": "zero"}, "seed: 'zero' is not of type 'integer'"),
    ({"splits": None}, "splits: None is not of type 'object'"),
    ({"compare_solvers": ["newton"]}, "compare_solvers: ['newton'] is not of type 'object'"),
    ({"name": 7}, "name: 7 is not of type 'string'"),
    ({"datasets": "blood"}, "datasets: 'blood' is not of type 'array'"),
    ({"datasets": [["blood"]]}, "datasets.0: ['blood'] is not of type 'string'"),
    ({"example_dataset": ["blood"]}, "example_dataset: ['blood'] is not of type 'string'"),
    ({"mkl_ratios": 0.1}, "mkl_ratios: 0.1 is not of type 'array'"),
    ({"mkl_ratios": "0.1, 0.2"}, "mkl_ratios: '0.1, 0.2' is not of type 'array'"),
    ({"ntk_ratios": [1.0, "0.1"]}, "ntk_ratios.1: '0.1' is not of type 'number'"),
    # NaN and infinity
    ({"tol": NAN}, "tol: nan is not of type 'number'"),
    ({"splits": {"test_size": NAN}}, "splits.test_size: nan"),
    ({"mkl_ratios": [0.1, NAN]}, "mkl_ratios.1: nan"),
    ({"ntk_ratios": [INF, 1.0]}, "ntk_ratios.0: inf"),
    ({"same_lambda": {"reference": NAN}}, "same_lambda.reference: nan"),
    ({"compare_solvers": {"max_entries": INF}}, "compare_solvers.max_entries: inf"),
    ({"fit_1d": {"noise": INF}}, "fit_1d.noise: inf"),
    # ranges
    ({"tol": 0}, "tol: 0"),
    ({"tol": 0.1}, "tol: 0.1"),
    ({"tol": -1e-6}, "tol: -1e-06"),
    ({"seed": -1}, "seed: -1"),
    ({"n_gates": 0}, "n_gates: 0"),
    ({"baselines": {"trees": 0}}, "baselines.trees: 0"),
    ({"baselines": {"svm_gamma": [0.1, -1.0]}}, "baselines.svm_gamma.1: -1.0"),
    ({"baselines": {"svm_C": []}}, "baselines.svm_C: []"),
    ({"n_gates": -5}, "n_gates: -5"),
    ({"n_gates": 10**9}, "n_gates: 1000000000"),
    ({"splits": {"test_size": 0}}, "splits.test_size: 0"),
    ({"splits": {"test_size": 1.0}}, "splits.test_size: 1.0"),
    ({"splits": {"test_size": -0.25}}, "splits.test_size: -0.25"),
    ({"splits": {"folds": 1}}, "splits.folds: 1"),
    ({"splits": {"folds": 101}}, "splits.folds: 101"),
    ({"splits": {"full": 0}}, "splits.full: 0"),
    ({"splits": {"full": 10**7}}, "splits.full: 10000000"),
    ({"splits": {"per_job": 0}}, "splits.per_job: 0"),
    ({"mkl_ratios": [0.1, -0.1]}, "mkl_ratios.1: -0.1"),
    ({"mkl_ratios": [0.1, 0.0]}, "mkl_ratios.1: 0.0"),
    ({"mkl_ratios": [0.1, 1.5]}, "mkl_ratios.1: 1.5"),
    ({"ntk_ratios": [1.0, -1.0]}, "ntk_ratios.1: -1.0"),
    ({"regularization_path": {"smallest": 1}}, "regularization_path.smallest: 1"),
    ({"linearization": {"widths": [3, 10]}}, "linearization.widths.0: 3"),
    # lists
    ({"datasets": []}, "datasets: []"),
    ({"protocols": []}, "protocols: []"),
    ({"mkl_ratios": []}, "mkl_ratios: []"),
    ({"ntk_ratios": []}, "ntk_ratios: []"),
    ({"same_lambda": {"ratios": []}}, "same_lambda.ratios: []"),
    ({"mask_count": {"gates": [10]}}, "mask_count.gates: [10]"),
    ({"datasets": ["blood", "blood"]}, "datasets: ['blood', 'blood'] has non-unique elements"),
    ({"protocols": ["full", "full"]}, "protocols: ['full', 'full'] has non-unique"),
    ({"mkl_ratios": [0.1, 0.5, 0.1]}, "mkl_ratios: [0.1, 0.5, 0.1] has non-unique"),
    # names
    ({"name": "../x"}, "name: '../x'"),
    ({"name": "/x"}, "name: '/x'"),
    ({"name": "a/../../x"}, "name: 'a/../../x'"),
    ({"name": ".."}, "name: '..'"),
    ({"name": ""}, "name: ''"),
    ({"name": "x\n"}, r"name: 'x\n'"),
    ({"name": "x" * 300}, "is too long"),
    ({"name": "{dataset}"}, "name: '{dataset}'"),
    ({"name": "published"}, "name: results/published/ is taken by published results"),
    ({"name": "downloads"}, "name: results/downloads/ is taken by downloaded datasets"),
    ({"solver": "mosek"}, "solver: 'mosek'"),
    ({"conic_backend": "gurobi"}, "conic_backend: 'gurobi'"),
    ({"protocols": ["papers"]}, "protocols.0: 'papers'"),
    ({"mirror": "ftp://example.org"}, "mirror: 'ftp://example.org'"),
    ({"datasets": ["iris"]}, "datasets: unknown data sets: 'iris' (closest: trains, sklearn-iris"),
    ({"datasets": ["../blood"]}, "datasets: unknown data sets: '../blood' (closest: blood"),
    ({"example_dataset": "paper"}, "example_dataset: unknown data sets: 'paper'"),
    (
        {"compare_solvers": {"first_order_datasets": ["pimas"]}},
        "compare_solvers.first_order_datasets: unknown data sets: 'pimas' (closest: pima",
    ),
    # keys that contradict each other
    ({"baselines": [1]}, "baselines: [1]"),
    (
        {"datasets": ["blood", {"path": "my/blood.csv", "target": "y"}]},
        "datasets: blood is a named set; give your table another `name`",
    ),
    (
        {"datasets": [{"path": f"{folder}/my table.csv", "target": "y"} for folder in "ab"]},
        "datasets: two tables are called my-table; give one of them another `name`",
    ),
    (
        {"datasets": [{"path": "a{b}.csv", "target": "y"}]},
        "datasets: a{b}.csv has braces, which mean wildcards here; rename the file",
    ),
    ({"datasets": [{"path": "a.csv"}]}, "datasets.0: 'target' is a required property"),
    (
        {"protocols": ["folds"], "datasets": ["blood", {"path": "a.csv", "target": "y"}]},
        "and there are none of a; leave out",
    ),
    ({"baselines": [], "rfm": True}, "rfm: its rows stand beside the baselines"),
    ({"baselines": [], "data": "a.csv", "target": "y"}, "baselines: on a table of your own"),
    ({"target": "y"}, "data: name the file whose column 'y'"),
    ({"same_lambda": {"reference": 0.15}}, "same_lambda.reference: 0.15 is not one of"),
    (
        {"splits": {"test_size": 0.99}, "datasets": ["spect"]},
        "splits.test_size: 0.99 leaves 0 training rows of the small",
    ),
    (
        {"splits": {"test_size": 0.65}, "datasets": ["blood", "trains"]},
        "splits.test_size: 0.65 leaves 3 training rows of the smallest dataset, but tuning takes 2",
    ),
    (
        {"protocols": ["paper", "folds"], "datasets": ["blood", "spect", "sklearn-iris"]},
        'protocols: "folds" needs the partitions of the UCI collection, and there are none of '
        "spect, sklearn-iris; leave out the protocol or these datasets",
    ),
    ({"protocols": ["folds"], "example_dataset": "ozone"}, "and there are none of ozone; leave"),
    ({"prediction_error": {"active": [101]}}, "prediction_error.active: 101 is more than"),
    ({"prediction_error": {"fit_from": 9999}}, "prediction_error.fit_from: a rate needs two"),
]


@pytest.mark.parametrize(("change", "message"), REFUSED)
def test_a_wrong_key_is_named_in_one_line(change, message):
    with pytest.raises(ConfigError) as error:
        resolve({**MINIMAL, **change}, SCHEMA)
    assert message in str(error.value)
    assert len(str(error.value).splitlines()) == 1


def test_a_number_that_yaml_reads_as_text_is_explained():
    with pytest.raises(ConfigError, match=r"exponent with a point: 1\.0e-6"):
        resolve({**MINIMAL, **yaml.safe_load("tol: 1e-6")}, SCHEMA)
    assert resolve({**MINIMAL, **yaml.safe_load("tol: 1.0e-6")}, SCHEMA)["tol"] == 1e-6


def test_order_of_a_grid_changes_nothing():
    """Grids and sizes are put in order; lists whose places have a meaning stay as they are."""
    default, given = resolve(MINIMAL, SCHEMA), resolve(MINIMAL, SCHEMA)
    lists = [
        (given, "mkl_ratios"),
        (given, "ntk_ratios"),
        (given["same_lambda"], "ratios"),
        (given["mask_count"], "gates"),
        (given["nonconvex_gap"], "widths"),
        (given["ntk_width"], "widths"),
        (given["linearization"], "widths"),
        (given["prediction_error"], "samples"),
    ]
    for section, key in lists:
        section[key] = section[key][1::2] + section[key][::2]
    assert given != default
    assert resolve(given, SCHEMA) == default
    given["mask_count"]["samples"] = [10, 30]
    assert resolve(given, SCHEMA)["mask_count"]["samples"] == [10, 30]


def test_the_test_share_is_bounded_by_the_smallest_dataset_that_is_named():
    change = {"splits": {"test_size": 0.9}}
    assert resolve({**MINIMAL, **change}, SCHEMA)["splits"]["test_size"] == 0.9
    with pytest.raises(ConfigError, match=r"splits\.test_size: 0\.9 leaves 1 training rows"):
        resolve({**MINIMAL, **change, "datasets": ["paper"]}, SCHEMA)


def test_every_set_of_the_paper_has_the_partition_that_folds_needs():
    change = {"datasets": ["paper"], "protocols": ["paper", "full", "folds"]}
    assert resolve({**MINIMAL, **change}, SCHEMA)["protocols"] == change["protocols"]


def test_all_faults_are_named_at_once():
    with pytest.raises(ConfigError) as error:
        resolve({"name": "x", "seed": "a", "xyzzy": 1}, SCHEMA)
    for part in ("datasets", "example_dataset", "seed", "xyzzy"):
        assert part in str(error.value)


def test_the_reference_page_is_that_of_the_schema():
    written = (ROOT / "docs/configuration.md").read_text()
    schema = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text())
    assert written == config_reference.page(schema), "run `make docs`"
    assert "| `splits.test_size` | Share of rows held out. | number > 0, < 1 | `0.25` |" in written
