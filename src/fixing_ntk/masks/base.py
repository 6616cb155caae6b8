"""The interface of masks that solvers and estimators use, whether masks are stored or not."""

from abc import ABC, abstractmethod

import numpy as np

from fixing_ntk.masks.checks import array
from fixing_ntk.masks.gated_network import predict
from fixing_ntk.masks.samples import sample_array


class Masks(ABC):
    """Interface of p masks ``D_i = diag(1[X g_i >= 0])`` of n samples.

    `MaskSet` and `RegeneratedMasks` implement it, and `solve`, `solve_path`, `solve_relu` and
    `lambda_max` take either. An ``index`` (k,) selects masks as in a NumPy array: a slice,
    positions, or p booleans. Anything else raises a TypeError, and a mask that does not exist
    raises an IndexError.

    Attributes
    ----------
    n, d : int
        Number of samples of a mask, and of features of a gate.
    ntk_weights : ndarray (p,)
        Weights of the masking kernels in the NTK: ``P[h in K_i]``, or an estimate, for h ~ N(0, I)
        and the cone K_i of mask i. Masks that repeat share it: their weights sum to the estimate.
        `ntk_shares` are the same weights, normalised to sum to one.
    ntk_weights_error : ndarray (p,)
        Standard errors of ``ntk_weights``.
    """

    n: int
    ntk_weights: np.ndarray

    @abstractmethod
    def __len__(self):
        """Return the number of masks p."""

    @property
    @abstractmethod
    def d(self):
        """Return the number of entries of a gate, d, as many as the samples X have columns."""

    @property
    def ntk_shares(self):
        """NTK weights over their sum, ndarray (p,), a point of the simplex; zeros if all are zero.

        The weights sum to less than one in two cases. Some gates have the all-zero mask, which is
        not among these masks; or a subset has dropped masks. Let s be the sum. Then ridge
        regression with ``K(ntk_shares) = K(ntk_weights) / s`` at the penalty mu gives the same
        function as with ``K(ntk_weights)`` at mu s.
        """
        return shares(self.ntk_weights)

    @abstractmethod
    def gates_at(self, index):
        """Return the gates of the masks in ``index``, one column for each mask, ndarray (d, k)."""

    @abstractmethod
    def rows(self, index, dtype=float, samples=slice(None)):
        """Return the masks in ``index`` as rows (k, n): row j is the diagonal of D_index[j].

        Entries are 0 and 1 in ``dtype``. ``samples`` selects columns, as ``index`` selects masks.
        """

    @abstractmethod
    def subset(self, index):
        """Return the masks in ``index``, in that order, as a `MaskSet`.

        They keep their NTK weights, which are not normalised again.
        """

    @abstractmethod
    def restrict(self, samples):
        """Return the masks of the same p gates at a subset of the samples; all p are kept.

        ``samples`` (m,) selects samples as ``index`` selects masks. No mask is merged or dropped,
        and the NTK weights stay as they are.
        """

    @abstractmethod
    def slices(self, dtype, count):
        """Return a list of slices that split ``count`` masks into blocks.

        The slices are positions in ``range(count)``. The rows of a block, unpacked to ``dtype``,
        fit in cache or memory.
        """

    def sample_slices(self, dtype):
        """Return a list of slices that split the n samples, for products of sums over samples.

        There is one slice, unless a block of `slices` for all samples would leave the cache.
        """
        return [slice(0, self.n)]

    def dense(self):
        """Return all masks as booleans: ndarray (n, p) of bool."""
        return self.rows(slice(None), bool).T

    def predict(self, weights, X_new):
        """Return the output of the gated ReLU network ``f(x) = sum_i 1(x^T g_i >= 0) x^T w_i``.

        Parameters
        ----------
        weights : array (d, p)
            Column i is ``w_i``.
        X_new : array or sparse array (m, d)
            New points x, one a row. An intercept is not added.

        Returns
        -------
        ndarray (m,)

        Raises
        ------
        TypeError, ValueError
            If an argument has entries that are not finite numbers, or its shape does not fit.
        """
        weights = array(weights, "weights", "d", "p")
        X_new = sample_array(X_new, "X_new", "m", "d", empty=True)
        if weights.shape != (self.d, len(self)):
            raise ValueError(
                f"weights are of shape {weights.shape}, but these are {len(self)} masks of "
                f"d={self.d}: give weights that were fitted on these masks"
            )
        if X_new.shape[1] != self.d:
            raise ValueError(f"X_new is {X_new.shape}, but the gates are of d={self.d}")
        active = np.flatnonzero(np.any(weights, axis=0))
        return predict(self.gates_at(active), weights[:, active], X_new)


def shares(weights):
    """Divide weights (p,) by their sum; return them unchanged if the sum is zero."""
    return weights / (weights.sum() or 1.0)
