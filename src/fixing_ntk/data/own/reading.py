"""How a table's cells become features, as the first step of a model that is saved."""

import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

from fixing_ntk.data.own.columns import extract_features, unexpected


class Reading(TransformerMixin, BaseEstimator):
    """Cells as they stand in a file, or as pandas reads them, to the columns of a model.

    Parameters
    ----------
    columns : dict of str to list
        Of `describe`, as lists.
    missing : sequence of str
        Cells that count as missing, beside empty ones.
    separator, decimal : str
        Separator and mark of decimals of the file, by which files of new rows are read.
    encoding : str
        Code page of such files where they are not UTF-8; empty where it is detected.
    """

    def __init__(self, columns, missing=(), separator="", decimal=".", encoding=""):
        self.columns = columns
        self.missing = missing
        self.separator = separator
        self.decimal = decimal
        self.encoding = encoding

    @property
    def described(self):
        """`columns` as `describe` gave them."""
        return pd.DataFrame(self.columns)

    def fit(self, X, y=None):
        """There is nothing to learn from X (n, d)."""
        return self

    def transform(self, X):
        """Floats and text of a pandas.DataFrame with the columns that are used, and any others."""
        return extract_features(X, self.described, "the table", self.missing)

    def unexpected(self, X):
        """Lines on cells that the table had not."""
        return unexpected(X, self.described, self.missing)

    def __sklearn_is_fitted__(self):
        return True
