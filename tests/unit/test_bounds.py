"""Each bound of a result's argument, which the configuration is held to, is a value that runs."""

from importlib import import_module

import pytest
from project import TINY

from fixing_ntk.data import bundled, splits
from fixing_ntk.masks import MaskSet
from fixing_ntk.results.claim_kinds import failures
from fixing_ntk.results.declaration import LEVELS, limits, options, results

(NUMBERS, PAIRS), OPTIONS = limits(), options()
RESULTS = {result.name: result for result in results(*LEVELS)}
LEAST = [
    (name, argument, bounds["minimum"])
    for name, arguments in NUMBERS.items()
    for argument, bounds in arguments.items()
    if "minimum" in bounds and argument in OPTIONS[name]
]
# From files of datasets: tests/unit/test_averaging.py and test_gate_choice.py.
OF_DATASETS = {"all_masks", "gate_choice", "solvers"}


@pytest.fixture(scope="module")
def problems():
    data = bundled.load("sklearn-iris")
    folds = splits.assign_folds(data.y, 0.25, 3, 0, "iris", 0)
    split = splits.Split.cross_validated(data.name, 0, data.X, data.y, folds)
    return [(split, MaskSet.sample(split.train_test()[0], 20, seed=0))]


@pytest.mark.parametrize(
    ("name", "argument", "least"), [case for case in LEAST if case[0] not in OF_DATASETS]
)
def test_the_least_value_runs_and_no_theorem_fails(name, argument, least, problems):
    result = RESULTS[name]
    module = import_module(f"fixing_ntk.results.{result.kind}.{name}.compute")
    step = result.declared.compute
    known = {"tol": 1e-6, "seed": 0, "conic_backend": "clarabel"}
    given = {key: known[key] for key in step.settings} | TINY.get(name, {})
    if "problems" in step.inputs:
        given["problems"] = problems
    usual = given.get(argument, OPTIONS[name][argument])
    if isinstance(usual, (list, tuple)):
        several = NUMBERS[name][argument].get("minItems", 1) > 1
        given[argument] = sorted({least, *usual}) if several else [least]
    else:
        given[argument] = least
    for limited, limit in PAIRS[name]:
        if limit == argument:
            given[limited] = [least]
    _, rows = getattr(module, name)(**given)
    assert failures(rows) == []
