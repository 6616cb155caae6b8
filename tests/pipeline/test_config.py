"""The configuration: its values, and what is refused, in one line that names the key."""

import re
from pathlib import Path

import pytest
import yaml
from project import Project

from fixing_ntk.pipeline.config import ConfigError, own_part, read_settings
from fixing_ntk.pipeline.config import resolve as checked
from fixing_ntk.results.declaration import limits, options
from fixing_ntk.results.pages import configuration

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "workflow/schemas/config.schema.yaml"
PAPER = yaml.safe_load((ROOT / "config.yaml").read_text())
MINIMAL = {
    "name": "x",
    "datasets": ["blood"],
    "protocols": ["paper"],
    "example_dataset": "blood",
    "converted_datasets": [],
    "further_examples": [],
}
NAN = float("nan")


def overlaid(config, *overlays):
    """As `--configfile` overlays: key by key."""
    for overlay in overlays:
        for key, value in overlay.items():
            both = isinstance(value, dict) and isinstance(config.get(key), dict)
            config = config | {key: overlaid(config[key], value) if both else value}
    return config


def resolve(*overlays):
    return checked(overlaid(PAPER, MINIMAL, *overlays), SCHEMA, options(), limits=limits())


def test_shipped_configurations_resolve():
    quick = yaml.safe_load((ROOT / "workflow/config/quick.yaml").read_text())
    assert checked(PAPER, SCHEMA, options(), limits=limits())["name"] == "paper"
    assert (
        checked(overlaid(PAPER, quick), SCHEMA, options(), limits=limits())["splits"]["test_size"]
        == 0.25
    )


def test_what_is_given_is_left_unchanged():
    given = overlaid(PAPER, {"mkl_ratios": [0.1, 0.5]})
    resolved = checked(given, SCHEMA)
    assert given["mkl_ratios"] == [0.1, 0.5]
    assert resolved["mkl_ratios"] == [0.5, 0.1]


def test_every_key_is_described_and_has_one_value_in_one_place():
    def walk(schema, values, path=""):
        for key, sub in schema["properties"].items():
            yield path + key, sub, key in (values or {})
            if "properties" in sub:
                yield from walk(sub, (values or {}).get(key), f"{path}{key}.")

    keys = list(walk(yaml.safe_load(SCHEMA.read_text()), PAPER))
    assert len(keys) > 30
    assert [name for name, sub, _ in keys if not sub.get("description")] == []
    assert [name for name, sub, shown in keys if shown == ("default" in sub)] == []


REFUSED = [
    # keys
    ({"n_gate": 10}, "n_gate: unknown key; did you mean 'n_gates'?"),
    ({"splits": {"fold": 3}}, "splits.fold: unknown key; did you mean 'folds'?"),
    ({"xyzzy": "red"}, "xyzzy: unknown key; known keys: name"),
    ({1: 2}, "1: unknown key"),
    ({"datasets": [{"path": "a.csv"}]}, "datasets.0: 'target' is a required property"),
    # arguments of results
    ({"fit_1d": {"nn": 3}}, "fit_1d.nn: unknown key; did you mean 'n'?"),
    ({"fit_1e": {"n": 3}}, "fit_1e: unknown key; did you mean 'fit_1d'?"),
    ({"fit_1d": {"n": "3"}}, "fit_1d.n: '3' is not of type 'integer'"),
    ({"fit_1d": {"n": [3]}}, "fit_1d.n: [3] is not of type 'integer'"),
    ({"mask_count": {"gates": 10}}, "mask_count.gates: 10 is not of type 'array'"),
    ({"mask_count": {"gates": [10, 0.5]}}, "mask_count.gates.1: 0.5 is not of type 'integer'"),
    ({"solvers": ["newton"]}, "solvers: ['newton'] is not of type 'object'"),
    (
        {"solvers": {"first_order_datasets": ["pimas"]}},
        "solvers.first_order_datasets: unknown data sets: 'pimas' (closest: pima",
    ),
    # what JSON Schema and YAML would let pass
    ({"tol": "1e-6"}, "tol: '1e-6' is not of type 'number'"),
    ({"n_gates": True}, "n_gates: True is not of type 'integer'"),
    ({"n_gates": 100.0}, "n_gates: 100.0 is not of type 'integer'"),
    ({"tol": NAN}, "tol: nan is not of type 'number'"),
    ({"mkl_ratios": [0.1, NAN]}, "mkl_ratios.1: nan"),
    ({"fit_1d": {"noise": NAN}}, "fit_1d.noise: nan"),
    ({"name": "x\n"}, r"name: 'x\n'"),
    # bounds
    ({"tol": 0}, "tol: 0"),
    ({"n_gates": 10**9}, "n_gates: 1000000000"),
    ({"n_gates": 1}, "n_gates: 1 is less than the minimum of 2"),
    ({"fit_1d": {"n": 1}}, "fit_1d.n: 1 is less than the minimum of 2"),
    ({"fit_1d": {"ratio": 1.0}}, "fit_1d.ratio: 1.0"),
    ({"mask_count": {"ratios": [0.1, 0.0]}}, "mask_count.ratios.1: 0.0 is less than or equal to"),
    ({"mask_count": {"gates": [50]}}, "mask_count.gates: [50] is too short"),
    ({"mask_count": {"samples": []}}, "mask_count.samples: [] should be non-empty"),
    ({"linearization": {"widths": [10, 10]}}, "linearization.widths: [10, 10] has non-unique"),
    ({"splits": {"test_size": 1.0}}, "splits.test_size: 1.0"),
    ({"mkl_ratios": []}, "mkl_ratios: []"),
    ({"mkl_ratios": [0.1, 0.5, 0.1]}, "mkl_ratios: [0.1, 0.5, 0.1] has non-unique"),
    ({"level": "papers"}, "level: 'papers' is not one of"),
    # names
    ({"name": "a/../../x"}, "name: 'a/../../x'"),
    ({"name": "{dataset}"}, "name: '{dataset}'"),
    ({"name": "README.md"}, "name: results/README.md/ is taken by the page on results"),
    (
        {"datasets": ["blood", {"path": "a.csv", "target": "y", "name": "a\n"}]},
        r"datasets.1.name: 'a\n'",
    ),
    ({"name": "published"}, "name: results/published/ is taken by published results"),
    ({"solver": "mosek"}, "solver: 'mosek'"),
    ({"mirror": "ftp://example.org"}, "mirror: 'ftp://example.org'"),
    ({"datasets": ["iris"]}, "datasets: unknown data sets: 'iris' (closest: trains, sklearn-iris"),
    ({"example_dataset": "paper"}, "example_dataset: unknown data sets: 'paper'"),
    # keys that contradict each other
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
    (
        {"protocols": ["folds"], "datasets": ["blood", {"path": "a.csv", "target": "y"}]},
        "and there are none of a; leave out",
    ),
    ({"target": "y"}, "target: it describes a table of your own; name its file in `data`"),
    ({"drop": ["a"]}, "drop: it describes a table of your own; name its file in `data`"),
    ({"data": "a.csv"}, "target: name the column of a.csv to predict"),
    ({"same_lambda": {"reference": 0.15}}, "same_lambda.reference: 0.15 is not one of"),
    (
        {"when_it_pays": {"units": [1, 900]}},
        "when_it_pays.units: 900 is above when_it_pays.n_gates, which is 500; lower the one or",
    ),
    ({"prediction_error": {"n_gates": 2}}, "prediction_error.active: "),
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
]


@pytest.mark.parametrize(("change", "message"), REFUSED)
def test_a_wrong_key_is_named_in_one_line(change, message):
    with pytest.raises(ConfigError) as error:
        resolve(change)
    assert message in str(error.value)
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("overlay", "key"),
    [
        ({"same_lambda": {"ratios": [0.1]}}, "same_lambda"),
        ({"fit_1d": {"n": 3}}, "fit_1d"),
        ({"datasets": ["blood"]}, "datasets"),
        ({"splits": {"full": 3}}, "splits.full"),
        ({"stopped": {"reweightings": [0, 1]}}, "stopped"),
        ({"averaged": {"draws": 3}}, "averaged"),
    ],
)
def test_a_key_that_does_nothing_on_a_table_of_ones_own_is_refused_there(overlay, key):
    table = {"data": "a.csv", "target": "y", "splits": {"folds": 3}, "n_gates": 10}
    config = overlaid(PAPER, table, overlay)
    with pytest.raises(ConfigError) as error:
        checked(config, SCHEMA, options(), table | overlay)
    assert str(error.value) == f"{key}: it does nothing on a table of your own; take it out"
    resolved = checked(overlaid(PAPER, table), SCHEMA, options(), table)
    assert own_part(resolved)["splits"] == {"folds": 3, "test_size": 0.25}
    assert not {"same_lambda", "protocols", "rfm"} & own_part(resolved).keys()


def test_a_number_that_yaml_reads_as_text_is_explained():
    with pytest.raises(ConfigError, match=r"exponent with a point: 1\.0e-6"):
        resolve(yaml.safe_load("tol: 1e-6"))
    assert resolve(yaml.safe_load("tol: 1.0e-6"))["tol"] == 1e-6


def test_order_of_a_grid_changes_nothing():
    default, given = resolve(), resolve()
    for section, key in (
        (given, "mkl_ratios"),
        (given, "ntk_ratios"),
        (given["same_lambda"], "ratios"),
        (given["baselines"], "svm_C"),
    ):
        section[key] = section[key][1::2] + section[key][::2]
    assert given != default
    assert checked(given, SCHEMA) == default


def test_the_test_share_is_bounded_by_the_smallest_dataset_that_is_named():
    change = {"splits": {"test_size": 0.9}}
    assert resolve(change)["splits"]["test_size"] == 0.9
    with pytest.raises(ConfigError, match=r"splits\.test_size: 0\.9 leaves 1 training rows"):
        resolve(change, {"datasets": ["paper"]})


def test_all_faults_are_named_at_once():
    with pytest.raises(ConfigError) as error:
        checked({"name": "x", "seed": "a", "xyzzy": 1}, SCHEMA)
    for part in ("datasets", "example_dataset", "seed", "xyzzy"):
        assert part in str(error.value)


def test_the_page_of_settings_is_up_to_date():
    written = (ROOT / "docs/configuration.md").read_text()
    assert written == configuration.page(yaml.safe_load(SCHEMA.read_text()), PAPER), (
        "run `make docs`"
    )
    short = configuration.short(yaml.safe_load(SCHEMA.read_text()), PAPER)
    assert (ROOT / "config/README.md").read_text() == short, "run `make docs`"
    assert (ROOT / "config/config.yaml").resolve() == ROOT / "config.yaml", "there is no copy"
    assert "| `splits.test_size` | Share of rows held out. | number > 0, < 1 | `0.25` |" in written
    assert "| `fit_1d.n` | Samples." in written
    for result, arguments in options().items():
        for name in arguments:
            assert f"| `{result}.{name}` |  |" not in written, "its docstring says nothing of it"


def test_a_key_that_stands_twice_is_refused_with_both_lines(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("seed: 1\nsplits:\n  full: 3\n  folds: 3\nseed: 2\n")
    with pytest.raises(ConfigError, match=r"mine\.yaml: the key 'seed' stands in lines 1 and 5"):
        read_settings(path)
    path.write_text("splits:\n  full: 3\n  full: 4\n")
    with pytest.raises(ConfigError, match=r"the key 'full' stands in lines 2 and 3; keep one"):
        read_settings(path)
    path.write_text("a: &x {full: 3}\nb: {<<: *x, full: 4}\n")
    assert read_settings(path) == {"a": {"full": 3}, "b": {"full": 4}}
    path.write_text("")
    assert read_settings(path) == {}


def test_a_run_refuses_a_key_that_stands_twice(tmp_path):
    project = Project(tmp_path / "twice")
    (project.folder / "tiny.yaml").open("a").write("seed: 7\nseed: 8\n")
    said = project.run("--dry-run", check=False).stdout
    assert re.search(r"^config: .*tiny\.yaml: the key 'seed' stands in lines", said, re.MULTILINE)
    assert "Traceback" not in said
