"""Every method on a table of the user's own, as a pipeline that can be saved."""

from functools import partial
from typing import NamedTuple

from sklearn.base import clone
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.pipeline import make_pipeline

from fixing_ntk.comparison import baselines
from fixing_ntk.comparison.between import P
from fixing_ntk.comparison.methods import BASELINES, GUESS, LOGISTIC, OURS_ON_A_TABLE
from fixing_ntk.data.own import preprocessor
from fixing_ntk.estimators import MKLClassifier, MKLRegressor, NTKClassifier, NTKRegressor
from fixing_ntk.estimators.base import score_candidates
from fixing_ntk.estimators.cross_validation import Candidate, choose, cross_validate


class Settings(NamedTuple):
    """What the methods are fitted with, as in the configuration."""

    n_gates: int
    tol: float
    ntk_ratios: list
    mkl_ratios: list
    solver: dict  # arguments of `solve`
    baselines: dict


def methods(task):
    """Names of all methods, ours first and the guess last."""
    if task == "classification":
        return (*OURS_ON_A_TABLE, LOGISTIC, *BASELINES.values(), GUESS[task])
    others = BASELINES | {"logistic": "ridge regression"}
    return (*OURS_ON_A_TABLE, *others.values(), GUESS[task])


def fit_all(data, rows, pairs, settings, seed_of):
    """Fit every method to some rows, with parameters chosen on the same pairs of them.

    Parameters
    ----------
    data : OwnData
    rows : ndarray (n,) of int
    pairs : list of (ndarray, ndarray)
        Positions in ``rows`` to fit on, and held out, to choose parameters by.
    settings : Settings
    seed_of : function of str
        Seed of what is random.

    Yields
    ------
    method : str
        Of `methods`, in their order.
    pipeline : sklearn.pipeline.Pipeline
        Of the features in ``data.X``.
    chosen : str
        What was chosen, in words; ours keep it themselves.
    """
    X, y = data.X.iloc[rows], data.y[rows]
    prepare = preprocessor(data.columns, len(data.y))
    prepared = [_prepared(clone(prepare), X, y, *pair) for pair in pairs]
    Z = prepare.fit_transform(X)
    fitted = [(model, "") for model in _ours(data.task, prepared, Z, y, settings, seed_of)]
    for key, baseline in baselines.for_task(data.task, Z.shape[1], **settings.baselines).items():
        model, chosen = baselines.fit_baseline(baseline, prepared, Z, y, seed_of(key))
        fitted.append((model, baselines.words(chosen)))
    guess = DummyClassifier() if data.task == "classification" else DummyRegressor()
    fitted.append((guess.fit(Z, y), ""))
    for method, (model, chosen) in zip(methods(data.task), fitted, strict=True):
        yield method, make_pipeline(prepare, model), chosen


def _ours(task, pairs, Z, y, settings, seed_of):
    """NTK, MKL and MKL at p = 4/3, fitted; of classes the last with the logistic loss too.

    MKL at p = 4/3 has the NTK among its kernels, the gates of MKL and the grid of the NTK.
    """
    classes = task == "classification"
    ntk = (NTKClassifier if classes else NTKRegressor)()
    mkl = (MKLClassifier if classes else MKLRegressor)(
        n_gates=settings.n_gates,
        tol=settings.tol,
        random_state=seed_of("gates"),
        solver=settings.solver,
    )
    between = clone(mkl).set_params(p=P, ntk=True, solver=None)
    ours = [
        (ntk, settings.ntk_ratios, 1.0),
        (mkl, settings.mkl_ratios, 1.0),
        (between, settings.ntk_ratios, P),
    ]
    if classes:
        logistic = clone(between).set_params(loss="log_loss")
        ours.append((logistic, settings.ntk_ratios, P))
    for model, ratios, p in ours:
        candidates = [Candidate(ratio, p) for ratio in ratios]
        records = cross_validate(pairs, partial(score_candidates, model), candidates)
        yield model.set_params(lam=records[choose(records)]["lam_ratio"]).fit(Z, y)


def _prepared(prepare, X, y, inside, outside):
    """Features of a pair, prepared by the rows to fit on, and targets."""
    Z = prepare.fit_transform(X.iloc[inside])
    return Z, y[inside], prepare.transform(X.iloc[outside]), y[outside]
