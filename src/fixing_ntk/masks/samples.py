"""Samples as the rows of X, an array or a sparse array in CSR format.

A `scipy.sparse.csr_array` takes ``@``, ``.T``, ``.shape`` and an index of rows as an array does, so
most code is the same for both. Here is what differs. Nothing makes a dense copy of a sparse X.
"""

import numpy as np
from scipy.sparse import csr_array, hstack, issparse

from fixing_ntk.masks.checks import array


def sample_array(value, name, *axes, empty=False):
    """Return samples as `array` does or, if they are sparse, as a finite csr_array of float64.

    Arguments and errors are those of `array`. The result may share memory with ``value``.
    """
    if not issparse(value):
        return array(value, name, *axes, empty=empty)
    X = csr_array(value, dtype=float)
    if not X.has_canonical_format:
        X = X.copy()
        X.sum_duplicates()
    if X.ndim != len(axes) or (0 in X.shape and not empty):
        raise ValueError(f"{name} must be ({', '.join(axes)}), got shape {X.shape}")
    if not np.isfinite(X.data).all():
        raise ValueError(f"{name} must be finite: impute or drop missing values first")
    return X


def contiguous(X):
    """Return X in C order, or in CSR format if it is sparse."""
    return csr_array(X) if issparse(X) else np.ascontiguousarray(X)


def entries(X):
    """Return the entries of X, all of them or those that a sparse X stores, in one array."""
    return X.data if issparse(X) else X


def entries_per_row(X):
    """Return the mean number of entries of a row, those that a sparse X stores; at least 1."""
    return max(1, entries(X).size // max(1, X.shape[0]))


def scale_rows(root, X):
    """Return X (n, d) with row j multiplied by ``root[j]``, in the format of X."""
    if not issparse(X):
        return root[:, None] * X
    data = np.repeat(root, np.diff(X.indptr)) * X.data
    return csr_array((data, X.indices, X.indptr), shape=X.shape)


def divide_columns(X, scale):
    """Return X (n, d) with column k divided by ``scale[k]``, in the format of X."""
    if not issparse(X):
        return X / scale
    return csr_array((X.data / scale[X.indices], X.indices, X.indptr), shape=X.shape)


def squared_norms(X):
    """Return the squared norms of the rows of X, (n,)."""
    if not issparse(X):
        return np.einsum("nd,nd->n", X, X)
    rows = np.repeat(np.arange(X.shape[0]), np.diff(X.indptr))
    return np.bincount(rows, X.data**2, X.shape[0])


def row_norms(X):
    """Return the norms of the rows of X, (n,)."""
    return np.sqrt(squared_norms(X)) if issparse(X) else np.linalg.norm(X, axis=1)


def inner(X, Z):
    """Return the inner products of the rows of X (n, d) and Z (m, d), an ndarray (n, m)."""
    products = X @ Z.T
    return products.toarray() if issparse(products) else products


def with_bias(X):
    """Return a copy of X (n, d) with a last column of ones, (n, d + 1)."""
    ones = np.ones((X.shape[0], 1))
    if issparse(X):
        return csr_array(hstack([csr_array(X), csr_array(ones)], format="csr"))
    return np.column_stack([X, ones])
