"""Fit every method on a table of the user's own, as a pipeline that can be saved."""

from functools import partial
from typing import NamedTuple

from sklearn.base import clone
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.pipeline import make_pipeline

from fixing_ntk.comparison import baselines
from fixing_ntk.comparison.between import P
from fixing_ntk.comparison.methods import ALWAYS, on_a_table
from fixing_ntk.data.own import preprocessor
from fixing_ntk.estimators import MKLClassifier, MKLRegressor, NTKClassifier, NTKRegressor
from fixing_ntk.estimators.base import score_candidates
from fixing_ntk.estimators.cross_validation import Candidate, choose, cross_validate

GUESSES = {"classification": DummyClassifier, "regression": DummyRegressor}


class Settings(NamedTuple):
    """Settings of the methods on a user's own table, from the configuration.

    The ratios are grids of penalties, in the units of the estimators. ``baselines`` has the
    arguments of `baselines.for_task` after ``d``.
    """

    methods: list  # keys of the methods to fit, beside `methods.ALWAYS`
    tuning_rows: int  # maximum number of training rows to choose parameters on
    n_gates: int
    tol: float
    ntk_ratios: list
    mkl_ratios: list
    solver: dict  # arguments of `solve`
    baselines: dict


def fit_all(data, rows, pairs, settings, seed_of):
    """Fit the selected methods to some rows; all choose their parameters on the same folds.

    Methods are those of ``settings.methods`` and of `methods.ALWAYS`.

    Parameters
    ----------
    data : OwnData
    rows : ndarray (n,) of int
        Positions in ``data`` of the rows to fit to.
    pairs : list of (ndarray, ndarray)
        For each fold the positions in ``rows`` to fit on, and those held out.
    settings : Settings
    seed_of : function of str
        Returns the seed for a purpose: ``gates``, or the key of a baseline.

    Yields
    ------
    method : str
        Name of the method, in the order of `methods.on_a_table`.
    pipeline : sklearn.pipeline.Pipeline
        Preprocessing of the features in ``data.X``, and the fitted model.
    chosen : str
        Chosen parameters of a baseline as text; empty if there are none, and for the NTK and forms
        of MKL, whose penalty is their attribute ``lam_ratio_``.
    """
    X, y = data.X.iloc[rows], data.y[rows]
    prepare = preprocessor(data.columns, len(data.y))
    prepared = [_prepared(clone(prepare), X, y, *pair) for pair in pairs]
    Z = prepare.fit_transform(X)
    ours = _ours(data.task, settings, seed_of)
    others = baselines.for_task(data.task, Z.shape[1], **settings.baselines)
    for key, method in on_a_table(data.task).items():
        if key not in (*settings.methods, *ALWAYS):
            continue
        chosen = {}
        if key in ours:
            model, candidates = ours[key]
            model = _tuned(model, candidates, prepared).fit(Z, y)
        elif key in others:
            model, chosen = baselines.fit_baseline(others[key], prepared, Z, y, seed_of(key))
        else:
            model = GUESSES[data.task]().fit(Z, y)
        yield method, make_pipeline(prepare, model), baselines.words(chosen)


def _ours(task, settings, seed_of):
    """Return the NTK and the forms of MKL by key, as pairs (unfitted estimator, list of Candidate).

    All are returned, also where ``settings.methods`` does not select them. ``settings`` and
    ``seed_of`` are as for `fit_all`, and ``task`` is "classification" or "regression". MKL at
    p = 4/3, ``between``, has the NTK among its kernels, the gates of MKL and the grid of the NTK.
    For classes ``log_loss`` is ``between`` with the logistic loss.
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
    of_ntk = [Candidate(ratio) for ratio in settings.ntk_ratios]
    of_between = [Candidate(ratio, P) for ratio in settings.ntk_ratios]
    ours = dict(
        ntk=(ntk, of_ntk),
        mkl=(mkl, [Candidate(ratio) for ratio in settings.mkl_ratios]),
        between=(between, of_between),
    )
    if classes:
        ours["log_loss"] = (clone(between).set_params(loss="log_loss"), of_between)
    return ours


def _tuned(model, candidates, pairs):
    """Set the model's ``lam`` to the ratio that is best on held-out rows; return the model.

    ``model`` is an unfitted estimator of `_ours`. It is changed in place and stays unfitted.
    ``candidates`` are a list of `Candidate`, all of the model's p. ``pairs`` has
    ``(X, y, X_out, y_out)`` for each fold.
    """
    records = cross_validate(pairs, partial(score_candidates, model), candidates)
    return model.set_params(lam=records[choose(records)]["lam_ratio"])


def _prepared(prepare, X, y, inside, outside):
    """Return ``X, y, X_out, y_out`` of a fold; preprocessing is fitted to the rows ``inside``.

    ``prepare`` is the unfitted transformer, fitted here. X is a data frame, and the result has
    arrays. ``inside`` and ``outside`` are positions in X of the rows to fit on and held out.
    """
    Z = prepare.fit_transform(X.iloc[inside])
    return Z, y[inside], prepare.transform(X.iloc[outside]), y[outside]
