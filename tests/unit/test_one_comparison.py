"""The paper's datasets and a user's own table are compared in one way, by the same settings."""

import numpy as np
import pytest
import yaml
from project import ROOT
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.utils import check_random_state

from fixing_ntk.comparison import baselines, own_pipelines, own_table
from fixing_ntk.comparison import tuning as protocols
from fixing_ntk.comparison.averaging import fit_averaged
from fixing_ntk.comparison.between import fit_between
from fixing_ntk.comparison.early_stopping import fit_early_stopping
from fixing_ntk.comparison.methods import LOGISTIC, NAMES
from fixing_ntk.comparison.mkl import fit_mkl
from fixing_ntk.comparison.ntk import fit_ntk
from fixing_ntk.data import own, splits
from fixing_ntk.data.readers import Dataset
from fixing_ntk.estimators import cross_validation
from fixing_ntk.estimators.masked import MaskedModel
from fixing_ntk.estimators.ntk import NTKModel
from fixing_ntk.masks import MaskSet
from fixing_ntk.seeds import integer

CONFIG = {
    "seed": 0,
    "splits.test_size": 0.25,
    "splits.folds": 3,
    "n_gates": 30,
    "tol": 1e-6,
    "solver": "auto",
    "conic_backend": "clarabel",
    "mkl_ratios": [0.5, 0.1, 0.02],
    "ntk_ratios": [1.0, 0.1, 0.01],
    "averaged.draws": 2,
    "stopped.ratios": [0.5, 0.1],
    "stopped.reweightings": [0, 2],
    "baselines.logistic_C": [0.01, 1.0],
    "baselines.svm_C": [1.0, 10.0],
    "baselines.svm_gamma": [0.3, 1.0],
    "baselines.trees": 5,
    "own.methods": ["ntk", "between", "log_loss", "logistic", "svm", "forest", "boosting"],
    "own.tuning_rows": 2000,
}
OURS, TUNED = {"ntk", "mkl", "stopped", "averaged", "between"}, {"logistic", "svm"}
METHODS = OURS | TUNED | {"forest", "boosting"}
OF_DATASETS = {"stopped", "averaged"}  # methods that own tables do not have
OF_TABLES = {"probabilities"}  # and the one that they alone have, with the settings of `between`
ROWS = {"seed": 1, "splits.test_size": 0.4}  # other values of what decides the rows
# By key: another value, and the methods whose fits are other ones with it; those of the rest stay.
CHANGES = {
    "splits.folds": (2, OURS | TUNED),
    "n_gates": (31, {"mkl", "stopped", "averaged", "between"}),
    "averaged.draws": (3, {"averaged"}),
    "tol": (0.03, {"mkl", "between"}),
    "solver": ("irls", {"mkl"}),
    "mkl_ratios": ([0.3, 0.1], {"mkl"}),
    "ntk_ratios": ([0.3], {"ntk", "between"}),
    "stopped.ratios": ([0.2], {"stopped"}),
    "stopped.reweightings": ([1], {"stopped"}),
    "baselines.logistic_C": ([0.1, 1.0], {"logistic"}),
    "baselines.svm_C": ([3.0], {"svm"}),
    "baselines.svm_gamma": ([3.0], {"svm"}),
    "baselines.trees": (1, {"forest"}),
}


def section(config, name):
    """Keys of a section of the configuration."""
    return {k.removeprefix(f"{name}."): v for k, v in config.items() if k.startswith(f"{name}.")}


def solver(config):
    """Arguments of `solve`, as the rules pass them."""
    backend = {"backend": config["conic_backend"]} if config["solver"] == "conic" else {}
    return {"method": config["solver"]} | backend


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """Files of two classes, and the same as datasets, by name."""
    made, folder = {}, tmp_path_factory.mktemp("tables")
    # Rows that repeat would stand on one side of the own table's splits.
    iris = load_iris(as_frame=True).frame.query("target > 0").drop_duplicates()
    for name, frame in (("iris", iris), ("cancer", load_breast_cancer(as_frame=True).frame)):
        frame.to_csv(folder / f"{name}.csv", index=False)
        X, y = frame.drop(columns="target").to_numpy(), frame.target.to_numpy()
        data = Dataset(name, X, np.where(y == y.max(), 1.0, -1.0))
        made[name] = data, own.read(folder / f"{name}.csv", "target")
    return made


def as_dataset(tables, name, config):
    """Records of one split of protocol full, with the gates that the estimators draw."""
    data, _ = tables[name]
    folds = splits.assign_folds(
        *(data.y, config["splits.test_size"], config["splits.folds"]),
        *(config["seed"], "full", data.name, 0),
    )
    split = splits.Split.cross_validated(data.name, 0, data.X, data.y, folds)
    seed = integer(config["seed"], data.name, 0, "gates")
    seeds = [seed, *(integer(seed, "draw", b) for b in range(1, config["averaged.draws"]))]
    shape = data.X.shape[1] + 1, config["n_gates"]
    gates = [check_random_state(one).standard_normal(shape) for one in seeds]
    masks, tol = MaskSet.from_gates(split.train_test()[0], gates[0]), config["tol"]
    ntk = fit_ntk(split, masks, config["ntk_ratios"], [], tol)
    mkl, first = fit_mkl(split, masks, config["mkl_ratios"], [], tol, **solver(config))
    stopped = fit_early_stopping(split, masks, mkl, tol=tol, **section(config, "stopped"))
    theirs = baselines.fit_baselines(split, config["seed"], **section(config, "baselines"))
    averaged, _ = fit_averaged(
        *(split, gates, dict(ntk=ntk[-1], mkl=mkl[-1], stopped=stopped[-1])),
        *((first.active, first.active_weights), config["mkl_ratios"], config["ntk_ratios"], tol),
        **solver(config),
    )
    between = fit_between(split, gates[0], config["ntk_ratios"], tol)
    return [*ntk, *mkl, *stopped, *theirs, *averaged, *between]


def as_own_table(tables, name, config):
    """Rows of one split of the same table."""
    settings = own_pipelines.Settings(
        **{key: config[key] for key in ("n_gates", "tol", "ntk_ratios", "mkl_ratios")},
        **{key: config[f"own.{key}"] for key in ("methods", "tuning_rows")},
        solver=solver(config),
        baselines=section(config, "baselines"),
    )
    rest = 1, config["splits.test_size"], config["splits.folds"], settings, config["seed"]
    rows, *_ = own_table.compare(tables[name][1], 0, *rest)
    keys = {NAMES[key]: key for key in NAMES} | {LOGISTIC: "probabilities"}
    return [dict(row, method=keys[row["method"]]) for row in rows if row["method"] in keys]


def on_an_own_table(methods):
    """Methods that an own table has in the place of some."""
    return (methods - OF_DATASETS) | (OF_TABLES if "between" in methods else set())


@pytest.mark.parametrize("run", [as_dataset, as_own_table])
@pytest.mark.parametrize("key", CHANGES)
def test_every_key_acts_on_what_it_names_and_on_nothing_else(run, key, tables):
    value, expected = CHANGES[key]
    if run is as_own_table:
        expected = on_an_own_table(expected)
    before, after = (_computed(run, tables, c) for c in (CONFIG, CONFIG | {key: value}))
    changed = {method for method in before if before[method] != after[method]}
    assert expected <= changed
    assert changed <= expected | (OF_DATASETS if "mkl" in expected else set())


@pytest.mark.parametrize("run", [as_dataset, as_own_table])
@pytest.mark.parametrize("key", ROWS)
def test_other_rows_are_other_fits(run, key, tables):
    before, after = (_computed(run, tables, c) for c in (CONFIG, CONFIG | {key: ROWS[key]}))
    made = OURS | TUNED if run is as_dataset else on_an_own_table(OURS | TUNED)
    assert {m for m in before if before[m] != after[m]} >= made


def _computed(run, tables, config):
    """By method every row, and every record that parameters were chosen by."""
    tried, real = [], cross_validation.cross_validate

    def recorded(pairs, fit, candidates):
        records = real(pairs, fit, candidates)
        tried.append(records)
        return records

    with pytest.MonkeyPatch.context() as patch:
        for module in (protocols, baselines, own_pipelines):
            patch.setattr(module, "cross_validate", recorded)
        rows = run(tables, "iris", config)
    # Searches in their order; those of the drawn NTK, which averaging has for every draw, no name.
    if run is as_own_table:
        searches = ["ntk", "mkl", "between", "probabilities", "logistic", "svm"]
    else:
        further = ["averaged", ""] * (config["averaged.draws"] - 1)
        searches = ["ntk", "mkl", "stopped", "logistic", "svm", "", *further, "between"]
    found = {
        method: [row for row in rows if row["method"] == method] for method in METHODS | OF_TABLES
    }
    for method, records in zip(searches, tried, strict=True):
        if method:
            found[method] += records
    return {method: [str(row) for row in records] for method, records in found.items()}


def test_the_conic_backend_acts(tables):
    config = CONFIG | {"solver": "conic"}
    for run in (as_dataset, as_own_table):
        with pytest.raises(ValueError, match="nonsense"):
            run(tables, "iris", config | {"conic_backend": "nonsense"})


@pytest.mark.parametrize("name", ["iris", "cancer"])
def test_a_set_has_the_same_accuracies_as_a_dataset_and_as_an_own_table(tables, name):
    config = CONFIG | {"n_gates": 100, "stopped.reweightings": [0, 1, 4]}
    theirs = {
        row["method"]: row["correct"] / row["total"]
        for row in as_dataset(tables, name, config)
        if row.get("stage", "tuned") == "tuned" and row["method"] in METHODS
    }
    found = {row["method"]: row["score"] for row in as_own_table(tables, name, config)}
    assert found.keys() == on_an_own_table(METHODS)
    shared = METHODS - OF_DATASETS
    assert {method: found[method] for method in shared} == pytest.approx(
        {method: theirs[method] for method in shared}, abs=1e-12
    )


def test_the_estimators_grids_are_the_configurations_defaults():
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    for key, grid in (("mkl_ratios", MaskedModel.GRID), ("ntk_ratios", NTKModel.GRID)):
        assert list(grid) == config[key]
