"""Predict new rows by the models that a run on a table of the user's own has saved."""

import json
import re
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from fixing_ntk.data.own import TableError, extract_features, read_file
from fixing_ntk.estimators import persistence


def file_of(method):
    """Return the name of the file with a method's model, say ``rbf-svm.skops`` for RBF SVM."""
    return f"{re.sub(r'[^a-z0-9]+', '-', method.lower()).strip('-')}.skops"


def predict(folder, path, method=None):
    """Predict the rows of a table with a model that a run has saved.

    Parameters
    ----------
    folder : str or Path
        Folder of the run, say ``results/my``.
    path : str or Path
        File with the new rows, see `data.own.read_file`; it needs no target column. It is read with
        the separator, decimal mark and encoding of the run's table.
    method : str, optional
        Name of the method; by default the one that the run's page recommends.

    Returns
    -------
    predictions : pandas.DataFrame
        row, counted from 1 below the header, and prediction. A classifier adds a column
        ``probability CLASS`` for each class. A classifier without probabilities adds its decision
        function: ``value CLASS`` for each class, or for the second of two classes alone, where a
        positive value predicts the second.
    notes : list of str
        The method, then lines on what was left out of the file, and on cells unlike those that the
        model has learned from; a cell of another kind counts as missing.

    Raises
    ------
    TableError
        If the file cannot be read, or lacks a column that the model uses.
    ValueError
        If there is no such run or method, or ``method`` is None and the run recommends none; also
        as `persistence.load`.
    """
    own = Path(folder) / "own"
    if not (own / "verdict.json").exists():
        raise ValueError(f"{folder}: no finished run on your own table; `fixing-ntk run` makes one")
    verdict = json.loads((own / "verdict.json").read_text(encoding="utf-8"))
    method = method or verdict["method"]
    if method is None:
        raise ValueError(
            f"{folder}: no method was surely better than a guess, so none is recommended; "
            f"`--method {verdict['best']!r}` takes the best all the same"
        )
    model_file = own / "models" / file_of(method)
    if not model_file.exists():
        known = sorted(file.stem for file in model_file.parent.glob("*.skops"))
        there = f"there are {', '.join(known)}" if known else "its models are gone: run it again"
        raise ValueError(f"{folder}: no method {method!r}; {there}")
    model = persistence.load(model_file)
    reading, prepare = model[0], model[1]
    table = _read(path, reading)
    frame = table.frame
    out = pd.DataFrame({"row": np.arange(1, len(frame) + 1)})
    with warnings.catch_warnings():
        # The notes say which.
        warnings.filterwarnings("ignore", "Found unknown categories", UserWarning)
        out = out.assign(prediction=model.predict(frame)).join(_values(model, frame))
        news = _news(prepare, reading.transform(frame))
    notes = [
        f"by {method}",
        *table.notes,
        *reading.unexpected(frame),
        *news,
    ]
    return out, notes


def _read(path, reading):
    """Return the `Table` of new rows, read as the table that ``reading`` was made from.

    `TableError` is raised if the file cannot be read so or lacks a used column. If it has all of
    them with another separator, the message names the separator that it is to have.
    """

    def read(separator="", decimal=""):
        table = read_file(path, separator, decimal, reading.encoding)
        extract_features(table.frame, reading.described, path, reading.missing)
        return table

    try:
        return read(reading.separator, reading.decimal)
    except TableError as error:
        try:
            read()
        except TableError:
            raise error from None
        raise TableError(
            f"{path}: is written unlike the table that was learned from: write it with the "
            f"separator {reading.separator!r} and the decimal mark {reading.decimal!r}"
        ) from None


def _values(model, X):
    """Return a classifier's probabilities, or else decision values, as columns of a data frame.

    ``model`` is the pipeline of a run, and X the data frame of new rows as read. The columns are
    named as in `predict`. Decision values of two classes are one column, positive for the second.
    For a regressor the frame has rows but no columns.
    """
    if not hasattr(model, "classes_"):
        return pd.DataFrame(index=range(len(X)))
    if hasattr(model, "predict_proba"):
        names = [f"probability {name}" for name in model.classes_]
        return pd.DataFrame(model.predict_proba(X), columns=names)
    values = np.asarray(model.decision_function(X))
    if values.ndim == 1:
        return pd.DataFrame({f"value {model.classes_[1]}": values})
    return pd.DataFrame(values, columns=[f"value {name}" for name in model.classes_])


def _news(prepare, X):
    """Yield a line of text for each column of X with categories that no training row had.

    ``prepare`` is the fitted transformer of the run's model, and X the data frame of new rows from
    `Reading.transform`.
    """
    for _, step, names in prepare.transformers_:
        if hasattr(step, "named_steps") and "onehotencoder" in step.named_steps:
            known = dict(zip(names, step["onehotencoder"].categories_, strict=True))
            for name, categories in known.items():
                new = X[name].dropna()[lambda column, has=categories: ~column.isin(has)]
                if len(new):
                    shown = ", ".join(map(str, new.unique()[:3]))
                    yield (
                        f"column {name!r}: {len(new)} row(s) hold categories that the table had "
                        f"not ({shown}); they count as rare ones"
                    )
