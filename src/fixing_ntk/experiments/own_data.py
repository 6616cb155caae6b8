"""NTK, MKL and MKL stopped early on a table of the user's own, and the kernel that MKL learns."""

import numpy as np
from sklearn.model_selection import KFold, StratifiedKFold, train_test_split
from sklearn.pipeline import make_pipeline

from fixing_ntk.data.own import preprocessor
from fixing_ntk.estimators import MKLClassifier, MKLRegressor, NTKClassifier, NTKRegressor
from fixing_ntk.kernels import KernelRidge, ntk
from fixing_ntk.seeds import integer

METHODS = {
    "classification": {"NTK": NTKClassifier, "MKL": MKLClassifier, "stopped MKL": MKLClassifier},
    "regression": {"NTK": NTKRegressor, "MKL": MKLRegressor, "stopped MKL": MKLRegressor},
}


def compare(data, split, test_size, folds, n_gates, tol, seed):
    """Fit every method to one split, each with its penalty by cross-validation on the same folds.

    Parameters
    ----------
    data : OwnData
    split : int
    test_size : float
    folds : int
    n_gates : int
    tol : float
        Relative gap of the MKL fits.
    seed : int

    Returns
    -------
    list of dict
        dataset, split, score (accuracy, or R^2 of a real target), method, solver, lam_ratio, gap,
        n, d; of MKL p, active, the number of masks, ``active_share``, their share, and
        ``n_reweightings``, NaN at the optimum; of the NTK ``effective_share``, its effective
        dimension over n, and ``alignment`` with the targets.
    """
    stratify = data.y if data.task == "classification" else None
    try:
        X, X_test, y, y_test = train_test_split(
            data.X,
            data.y,
            test_size=test_size,
            stratify=stratify,
            random_state=integer(seed, data.name, split, "split"),
        )
    except ValueError as error:
        raise ValueError(f"{data.name}: cannot be split: {error}") from error
    rows = []
    for method in METHODS[data.task]:
        model = pipeline(data, method, folds, n_gates, tol, seed, split).fit(X, y)
        score = model.score(X_test, y_test)
        said = describe(method, model, y)
        rows.append(dict(dataset=data.name, split=split, score=score, **said))
    return rows


def learn(data, folds, n_gates, tol, seed):
    """Fit MKL to all rows.

    Returns
    -------
    dict of ndarray
        ``gates`` (d + 1, p), ``eta`` (k, p), ``ntk_weights`` (p,), ``classes``, ``features`` (d,),
        ``lam_ratio``, ``gap``, ``task``.
    """
    model = pipeline(data, "MKL", folds, n_gates, tol, seed, "all").fit(data.X, data.y)
    mkl = model[-1]
    classes = np.asarray(getattr(mkl, "classes_", [data.task]))
    return dict(
        gates=mkl.gates_,
        eta=mkl.eta_,
        ntk_weights=mkl.ntk_weights_,
        classes=classes.astype(str) if classes.dtype == object else classes,  # nothing pickled
        features=np.array(model[0].get_feature_names_out(), dtype=str),
        lam_ratio=mkl.lam_ratio_,
        gap=mkl.dual_gap_,
        task=data.task,
    )


def pipeline(data, method, folds, n_gates, tol, seed, split):
    """Preprocessing and an estimator whose penalty is chosen by cross-validation."""
    kind = StratifiedKFold if data.task == "classification" else KFold
    options = dict(
        lam="cv",
        cv=kind(folds, shuffle=True, random_state=integer(seed, data.name, split, "folds")),
    )
    if method != "NTK":
        gates = integer(seed, data.name, split, "gates")
        options |= dict(n_gates=n_gates, tol=tol, random_state=gates)
    if method == "stopped MKL":
        options |= dict(n_reweightings="cv")
    return make_pipeline(preprocessor(), METHODS[data.task][method](**options))


def describe(method, model, y):
    """What a table says of a pipeline fitted to targets y."""
    estimator = model[-1]
    row = dict(
        method=method,
        solver=type(estimator).__name__,
        lam_ratio=estimator.lam_ratio_,
        gap=estimator.dual_gap_,
        n=len(estimator.X_fit_),
        d=estimator.n_features_in_,
    )
    if method == "NTK":
        ridge = KernelRidge(ntk(estimator.X_fit_), centred(y))
        lam = estimator.lam_ratio_ * ridge.scale
        share = ridge.effective_dimension(lam) / row["n"]
        return row | dict(effective_share=share, alignment=ridge.alignment)
    p, active = estimator.gates_.shape[1], int(np.count_nonzero(estimator.eta_.any(axis=0)))
    row |= dict(p=p, active=active, active_share=active / p)
    return row | dict(n_reweightings=estimator.n_reweightings_)


def centred(y):
    """A target as the model sees it; of several classes, the commonest against the rest."""
    if y.dtype.kind == "f":
        return y - y.mean()
    names, count = np.unique(y, return_counts=True)
    return np.where(y == names[np.argmax(count)], 1.0, -1.0)
