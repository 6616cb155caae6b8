"""Each argument of each public function, replaced by what it is not: an answer, or its name.

A table over `fixing_ntk.__all__`: a public name, method or argument without a row fails.
"""

import inspect
import re
import warnings
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import ConvergenceWarning, DataConversionWarning

import fixing_ntk
from fixing_ntk import (
    MaskSet,
    MKLSolution,
    Solution,
    lambda_max,
    solve,
    solve_mkl,
    solve_mkl_path,
    solve_path,
    solve_relu,
    solve_relu_path,
    to_network,
    to_relu,
)
from fixing_ntk.masks import RegeneratedMasks

RNG = np.random.default_rng(0)
N = 14
X = RNG.standard_normal((N, 3))
y = X[:, 0] * X[:, 1] + 0.1 * RNG.standard_normal(N)
LABELS = np.where(y > 0, 1, -1)
MASKS = MaskSet.sample(X, 20, seed=0)
LAM = 0.1 * lambda_max(X, y, MASKS)
SOLUTION, RELU = solve(X, y, MASKS, LAM), solve_relu(X, y, MASKS, LAM)
BETWEEN = solve_mkl(X, y, MASKS, 0.1, p=2.0)
OTHERS = MaskSet.sample(X[:-1], 20, seed=0)
OTHER = solve(X[:-1], y[:-1], OTHERS, LAM)
OTHER_BETWEEN = solve_mkl(X[:-1], y[:-1], OTHERS, 0.1, p=2.0)
assert len(OTHERS) != len(MASKS)

# Of the right type, but of other data.
WRONG = {id(MASKS): OTHERS, id(SOLUTION): OTHER, id(BETWEEN): OTHER_BETWEEN}
RESULTS = {Solution, MKLSolution}  # made by the library, not by its callers


class Call(NamedTuple):
    """A public function, its plain arguments, and how else a message may name one."""

    function: object
    plain: dict
    also: dict | None = None


SAMPLE = dict(X=X, n_gates=20, seed=0)
PROBLEM = dict(X=X, y=y, masks=MASKS, lam=LAM, tol=1e-4)
MKL = dict(X=X, y=y, masks=MASKS)
LOSS = dict(loss="squared", sample_weight=np.linspace(0.5, 2.0, N), fit_intercept=False)
SKLEARN = {  # what scikit-learn says of an array
    "X": r"samples|array|feature|could not convert",
    "y": r"target|label|samples|array|class",
    "sample_weight": r"[Ss]ample weights|sample\(s\)|could not convert",
}


def fitted(cls, **parameters):
    """Predictions of an estimator with such parameters."""
    return cls(**parameters).fit(X, target(cls)).predict(X)


def target(cls):
    return LABELS if cls.__name__.endswith("Classifier") else y


def estimator(name):
    """Rows of a class: its parameters, and the arguments of its methods."""
    cls = getattr(fixing_ntk, name)
    default = {key: p.default for key, p in inspect.signature(cls).parameters.items()}
    plain = default | {
        key: v for key, v in dict(n_gates=8, random_state=0).items() if key in default
    }
    model = cls(**{key: plain[key] for key in plain if key != "cv"}).fit(X, target(cls))

    def fit(X, y, sample_weight):
        return cls(**plain).fit(X, y, sample_weight).predict(globals()["X"])

    weights = np.linspace(0.5, 2.0, N)
    rows = {
        name: Call(
            lambda **parameters: fitted(cls, **parameters),
            plain,
            dict(cv="cv|fold|Expected", random_state="seed"),
        ),
        f"{name}.fit": Call(fit, dict(X=X, y=target(cls), sample_weight=weights), SKLEARN),
    }
    for method in ("predict", "decision_function"):
        if hasattr(cls, method):
            rows[f"{name}.{method}"] = Call(getattr(model, method), dict(X=X), SKLEARN)
    if "loss" in default:
        logistic = cls(**plain).set_params(loss="log_loss").fit(X, target(cls))
        for method in ("predict_proba", "predict_log_proba"):
            rows[f"{name}.{method}"] = Call(getattr(logistic, method), dict(X=X), SKLEARN)
    if hasattr(cls, "kernel"):
        points = dict(X=X, Z=X[:5]) | ({} if name.startswith("NTK") else dict(output=0))
        rows[f"{name}.kernel"] = Call(model.kernel, points, SKLEARN | dict(Z=SKLEARN["X"]))
    if hasattr(cls, "to_relu"):
        rows[f"{name}.to_relu"] = Call(model.to_relu, {})
    return rows


TABLE = {
    "MaskSet.sample": Call(MaskSet.sample, SAMPLE),
    "MaskSet.from_gates": Call(MaskSet.from_gates, dict(X=X, gates=MASKS.gates, merged=True)),
    "MaskSet.enumerate": Call(MaskSet.enumerate, dict(X=X, limit=10_000, n_circles=100, seed=0)),
    "RegeneratedMasks.sample": Call(lambda **a: RegeneratedMasks.sample(**a).dense(), SAMPLE),
    "MaskSet.gates_at": Call(MASKS.gates_at, dict(index=np.array([3, 1]))),
    "MaskSet.rows": Call(
        MASKS.rows,
        dict(index=np.array([3, 1]), dtype=float, samples=np.array([2, 0])),
        dict(dtype="data type|dtype|Field"),
    ),
    "MaskSet.subset": Call(MASKS.subset, dict(index=np.array([3, 1]))),
    "MaskSet.restrict": Call(MASKS.restrict, dict(samples=np.array([3, 1]))),
    "MaskSet.slices": Call(
        MASKS.slices,
        dict(dtype=float, count=9),
        dict(dtype="data type|dtype|Field", count="integer"),
    ),
    "MaskSet.sample_slices": Call(
        MASKS.sample_slices, dict(dtype=float), dict(dtype="data type|dtype|Field")
    ),
    "MaskSet.dense": Call(MASKS.dense, {}),
    "MaskSet.predict": Call(MASKS.predict, dict(weights=SOLUTION.weights, X_new=X)),
    "lambda_max": Call(lambda_max, dict(X=X, y=y, masks=MASKS) | LOSS),
    "solve": Call(solve, PROBLEM | dict(method="auto", max_iter=100, start=SOLUTION) | LOSS),
    "solve_path": Call(
        solve_path,
        dict(X=X, y=y, masks=MASKS, lams=LAM * np.array([1.0, 0.3]), tol=1e-4)
        | dict(method="auto", max_iter=100)
        | LOSS,
    ),
    "solve_mkl": Call(
        solve_mkl,
        MKL
        | dict(mu=0.1, p=2.0, ntk=True, tol=1e-4, max_iter=100, start=BETWEEN)
        | dict(method="conic", backend="clarabel")
        | LOSS,
    ),
    "solve_mkl_path": Call(
        solve_mkl_path,
        MKL | dict(mus=np.array([0.1, 0.03]), p=2.0, ntk=True, tol=1e-4, max_iter=100) | LOSS,
    ),
    "solve_relu": Call(solve_relu, PROBLEM | dict(method="conic", max_iter=100) | LOSS),
    "solve_relu_path": Call(
        solve_relu_path,
        dict(X=X, y=y, masks=MASKS, lams=LAM * np.array([1.0, 0.3]), tol=1e-4)
        | dict(method="newton", max_iter=100)
        | LOSS,
    ),
    "to_network": Call(to_network, dict(solution=RELU)),
    "to_relu": Call(to_relu, dict(solution=SOLUTION, X=X, masks=MASKS)),
}
for estimator_name in fixing_ntk.__all__:
    if estimator_name.endswith(("Classifier", "Regressor")):
        TABLE |= estimator(estimator_name)

ARGUMENTS = [(name, argument) for name, call in TABLE.items() for argument in call.plain]


def spoilt(value):
    """An array with one entry that is another."""

    def put(entry):
        if not isinstance(value, np.ndarray):
            return entry
        array = value.astype(float)
        array.flat[1] = entry
        return array

    return put


def replacements(value):
    """What stands in for an argument, by name."""
    array = isinstance(value, np.ndarray)
    return {
        "None": None,
        "NaN": spoilt(value)(np.nan),
        "infinite": spoilt(value)(np.inf),
        "negative": -value if isinstance(value, (np.ndarray, int, float)) else -1,
        "zero": 0 * value if isinstance(value, (np.ndarray, int, float)) else 0,
        "empty": value[:0] if array else [],
        "scalar": 1.5,
        "wrong shape": value[:-1] if array else WRONG.get(id(value), np.ones((2, 2, 2))),
        "one axis more": value[..., None] if array else np.array([value, value], object),
        "one axis fewer": value.ravel() if array else [value],
        "string": "text",
    }


def equivalents(value):
    """The same argument in another form, beside the plain one that it must agree with."""
    if isinstance(value, np.ndarray):
        frame = pd.DataFrame(value) if value.ndim == 2 else pd.Series(value)
        single = value.astype(np.float32) if value.dtype == float else value.astype(np.int32)
        return {"frame": (frame, value), "list": (value.tolist(), value)} | {
            "float32": (single, single.astype(value.dtype))
        }
    if isinstance(value, float):
        return {"float32": (np.float32(value), float(np.float32(value)))}
    if isinstance(value, bool):
        return {"numpy": (np.bool_(value), value)}
    return {"int32": (np.int32(value), value)} if isinstance(value, int) else {}


def numbers(result):
    """All arrays and numbers of a result, flat."""
    if isinstance(result, MaskSet):
        result = (result.gates, result.packed, result.ntk_weights)
    elif hasattr(result, "dual_point"):
        result = (result.weights, result.objective, result.gap)
    elif isinstance(result, slice):
        result = (result.start, result.stop)
    if isinstance(result, (list, tuple)):
        return np.concatenate([numbers(part) for part in result] or [np.zeros(0)])
    return np.ravel(np.asarray(result, float))


def answer(call, argument, value):
    """Numbers of the call; or None where it was refused by a message with the argument's name."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            warnings.simplefilter("ignore", FutureWarning)
            warnings.simplefilter("ignore", DataConversionWarning)
            return numbers(call.function(**call.plain | {argument: value}))
    except (TypeError, ValueError) as error:
        message = str(error)
    named = rf"\b{argument}\b|{(call.also or {}).get(argument, argument)}"
    assert re.search(named, message), message
    return None


def test_every_public_name_method_and_argument_has_a_row():
    for name in fixing_ntk.__all__:
        item = getattr(fixing_ntk, name)
        if item in RESULTS:
            continue
        if not inspect.isclass(item):
            check_row(name, item)
            continue
        if name.endswith(("Classifier", "Regressor")):
            assert set(TABLE[name].plain) == set(inspect.signature(item).parameters), name
        for method, function in inspect.getmembers(item, callable):
            ours = (getattr(function, "__module__", None) or "").startswith("fixing_ntk")
            if ours and not method.startswith("_"):
                check_row(f"{name}.{method}", function)


def check_row(name, function):
    assert name in TABLE, f"{name} is public: give it a row"
    parameters = inspect.signature(function).parameters.values()
    named = {p.name for p in parameters if p.kind != p.VAR_KEYWORD and p.name != "self"}
    assert named == set(TABLE[name].plain), f"the row of {name} is not of its arguments"


@pytest.mark.parametrize(("name", "argument"), ARGUMENTS)
def test_what_an_argument_is_not_gives_an_answer_or_its_name(name, argument):
    call = TABLE[name]
    for kind, value in replacements(call.plain[argument]).items():
        got = answer(call, argument, value)
        assert got is None or np.isfinite(got).all(), kind


@pytest.mark.parametrize(("name", "argument"), ARGUMENTS)
def test_the_same_numbers_in_another_form_give_the_same_answer(name, argument):
    call = TABLE[name]
    for form, (value, plain) in equivalents(call.plain[argument]).items():
        got, expected = answer(call, argument, value), answer(call, argument, plain)
        assert got is not None, form
        assert np.array_equal(got, expected), form
