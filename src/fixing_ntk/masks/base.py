"""What solvers and estimators ask of masks, wherever these are kept."""

from abc import ABC, abstractmethod

import numpy as np

from fixing_ntk.masks.checks import array


class Masks(ABC):
    """p masks ``D_i = diag(1[X g_i >= 0])`` of n samples: a `MaskSet`, or a `MaskStream`.

    They stand for one another in `solve`, `solve_path`, `solve_relu` and `lambda_max`. An ``index``
    (k,) selects masks as it would of a NumPy array: a slice, positions, or p booleans; TypeError is
    raised for anything else, IndexError where there is no such mask.

    Attributes
    ----------
    n, d : int
        Samples that a mask covers, and features of a gate.
    ntk_weights : ndarray (p,)
        ``P[h in K_i]`` for h ~ N(0, I), or an estimate: the weights of the NTK. `ntk_shares` are
        the same on the simplex.
    ntk_weights_error : ndarray (p,)
        Its standard error.
    """

    n: int
    ntk_weights: np.ndarray

    @abstractmethod
    def __len__(self):
        """Number of masks p."""

    @property
    @abstractmethod
    def d(self):
        """Number of features of a gate."""

    @property
    def ntk_shares(self):
        """The NTK weights as shares of their sum, ndarray (p,): the point of the simplex.

        The sum falls short of one by the all-zero mask, and by the masks that a subset leaves out.
        """
        return shares(self.ntk_weights)

    @abstractmethod
    def gates_at(self, index):
        """Gates of the masks in ``index``, ndarray (d, k)."""

    @abstractmethod
    def rows(self, index, dtype=float):
        """Selected masks as rows: ndarray (k, n), row j is the diagonal of D_index[j]."""

    @abstractmethod
    def subset(self, index):
        """The masks in ``index``, in that order, as a `MaskSet` of their own."""

    @abstractmethod
    def restrict(self, samples):
        """Masks of the same p gates at the ``samples`` (m,) alone; none are merged or dropped."""

    @abstractmethod
    def slices(self, dtype, count):
        """Ranges that cover ``count`` masks: the rows of one fit in memory, or in cache."""

    def dense(self):
        """Masks as booleans: ndarray (n, p) of bool."""
        return self.rows(slice(None), bool).T

    def predict(self, weights, X_new):
        """Gated ReLU network ``f(x) = sum_i 1(x^T g_i >= 0) x^T w_i`` on new points.

        Parameters
        ----------
        weights : array (d, p)
        X_new : array (m, d)

        Returns
        -------
        ndarray (m,)

        Raises
        ------
        TypeError, ValueError
            If an argument is not of finite numbers, or not of these masks.
        """
        weights = array(weights, "weights", "d", "p")
        X_new = array(X_new, "X_new", "m", "d", empty=True)
        if weights.shape != (self.d, len(self)):
            raise ValueError(
                f"weights are of shape {weights.shape}, but these are {len(self)} masks of "
                f"d={self.d}: give weights that were solved over them"
            )
        if X_new.shape[1] != self.d:
            raise ValueError(f"X_new is {X_new.shape}, but the gates are of d={self.d}")
        active = np.flatnonzero(np.any(weights, axis=0))
        return predict(self.gates_at(active), weights[:, active], X_new)


def shares(weights):
    """Weights (p,) over their sum, if there is one."""
    return weights / (weights.sum() or 1.0)


def predict(gates, weights, X_new):
    """Gated ReLU network of k gates (d, k) and weights (d, k) on points (m, d), ndarray (m,)."""
    return np.sum((X_new @ gates >= 0) * (X_new @ weights), axis=1)
