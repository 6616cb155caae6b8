from pathlib import Path

import pytest
import yaml

from fixing_ntk import config_reference
from fixing_ntk.config import ConfigError, resolve

ROOT = Path(__file__).parents[1]
SCHEMA = ROOT / "workflow/schemas/config.schema.yaml"
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


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_gate": 10}, "n_gate: unknown key; did you mean 'n_gates'?"),
        ({"splits": {"fold": 3}}, "splits.fold: unknown key; did you mean 'folds'?"),
        ({"splits": {"test_size": 1.0}}, "splits.test_size: 1.0"),
        ({"splits": {"folds": 1}}, "splits.folds: 1"),
        ({"tol": 0}, "tol: 0"),
        ({"tol": 0.1}, "tol: 0.1"),
        ({"tol": "1e-6"}, "tol: '1e-6' is not of type 'number'"),
        ({"mkl_ratios": []}, "mkl_ratios: []"),
        ({"mkl_ratios": [0.1, -0.1]}, "mkl_ratios.1: -0.1"),
        ({"mkl_ratios": [0.1, 1.5]}, "mkl_ratios.1: 1.5"),
        ({"solver": "mosek"}, "solver: 'mosek'"),
        ({"protocols": ["papers"]}, "protocols.0: 'papers'"),
        ({"name": "../x"}, "name: '../x'"),
        ({"datasets": []}, "datasets: []"),
        ({"seed": -1}, "seed: -1"),
    ],
)
def test_a_wrong_key_is_named(change, message):
    with pytest.raises(ConfigError) as error:
        resolve({**MINIMAL, **change}, SCHEMA)
    assert message in str(error.value)


def test_all_faults_are_named_at_once():
    with pytest.raises(ConfigError) as error:
        resolve({"name": "x", "seed": "a", "colour": 1}, SCHEMA)
    for part in ("datasets", "example_dataset", "seed", "colour"):
        assert part in str(error.value)


def test_the_reference_page_is_that_of_the_schema():
    written = (ROOT / "docs/configuration.md").read_text()
    schema = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text())
    assert written == config_reference.page(schema), "run `make docs`"
    assert "| `splits.test_size` | Share of rows held out. | number > 0, < 1 | `0.25` |" in written
