"""Turn a table's cells into features, as the first step of a model that is saved."""

import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

from fixing_ntk.data.own.columns import extract_features, unexpected


class Reading(TransformerMixin, BaseEstimator):
    """Transformer from the cells of a table to the columns that a model uses.

    Parameters
    ----------
    columns : dict of str to list
        Table of `describe`, as a list for each of its columns.
    missing : sequence of str
        Cells that count as missing, beside empty ones.
    separator, decimal : str
        Separator and decimal mark of the file, with which files of new rows are read.
    encoding : str
        Code page of these files where they are not UTF-8; empty where it is detected.
    """

    def __init__(self, columns, missing=(), separator="", decimal=".", encoding=""):
        self.columns = columns
        self.missing = missing
        self.separator = separator
        self.decimal = decimal
        self.encoding = encoding

    @property
    def described(self):
        """Return ``columns`` as the table that `describe` gave."""
        return pd.DataFrame(self.columns)

    def fit(self, X, y=None):
        """Return self: there is nothing to learn from X (n, d)."""
        return self

    def transform(self, X):
        """Return the used columns of a pandas.DataFrame as floats and text; others are ignored."""
        return extract_features(X, self.described, "the table", self.missing)

    def unexpected(self, X):
        """Yield lines on cells of X that are unlike those of the table that was learned from."""
        return unexpected(X, self.described, self.missing)

    def __sklearn_is_fitted__(self):
        return True
