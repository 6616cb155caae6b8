"""Turn a table's cells into features, as the first step of a model that is saved."""

import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

from fixing_ntk.data.own.columns import extract_features, unexpected


class Reading(TransformerMixin, BaseEstimator):
    """Transformer from the cells of a table to the columns of `extract_features`.

    Parameters
    ----------
    columns : dict of str to list
        The data frame that `describe` returns, as ``to_dict("list")`` gives it.
    missing : sequence of str
        Cells that count as missing, beside empty ones.
    separator, decimal : str
        Separator and decimal mark of the file. They are kept here so that files of new rows are
        read in the same way; `transform` does not use them.
    encoding : str
        Code page of these files where they are not UTF-8 or UTF-16; empty for Windows-1252. Kept
        for the same reason.
    """

    def __init__(self, columns, missing=(), separator="", decimal=".", encoding=""):
        self.columns = columns
        self.missing = missing
        self.separator = separator
        self.decimal = decimal
        self.encoding = encoding

    @property
    def described(self):
        """Return ``columns`` as the data frame that `describe` returned."""
        return pd.DataFrame(self.columns)

    def fit(self, X, y=None):
        """Return self: there is nothing to learn from X (n, d)."""
        return self

    def transform(self, X):
        """Return the used columns of a data frame of cells as floats or text.

        See `extract_features`. `TableError` is raised if X lacks a used column.
        """
        return extract_features(X, self.described, "the table", self.missing)

    def unexpected(self, X):
        """Yield messages on cells of X that do not parse or are out of the described range.

        X is a data frame of cells; see the function `columns.unexpected`.
        """
        return unexpected(X, self.described, self.missing)

    def __sklearn_is_fitted__(self):
        return True
