"""The masked design ``A = [D_1 X ... D_p X]``, applied but never formed."""

from functools import cached_property

import numpy as np
from scipy.sparse import issparse

from fixing_ntk.masks.samples import contiguous, entries, scale_rows
from fixing_ntk.programs.blas import product
from fixing_ntk.programs.border import project


class UnpackedDesign:
    """The linear map ``A = [D_1 X ... D_k X]`` of k masks stored as dense rows; A is never formed.

    Parameters
    ----------
    X : ndarray or csr_array (n, d)
    M : ndarray (k, n)
        Row i is the diagonal of ``D_i``, in the dtype of X: mask i, or mask i times a sign.
    """

    def __init__(self, X, M):
        self.X, self.M = X, M

    @classmethod
    def from_gates(cls, X, gates):
        """Return the `UnpackedDesign` of the masks ``1[X g >= 0]``, one for each gate g.

        X is (n, d), and the gates are the columns of ``gates`` (d, k). Gates with the same mask
        each keep a mask of their own.
        """
        return cls(X, (X @ gates >= 0).T.astype(X.dtype, "C"))

    def forward(self, weights):
        """Return ``A w = sum_i D_i X w_i``, (n,), for weights (d, k), whose column i is w_i.

        If more than half of the columns are zero, they are skipped.
        """
        M, used = self.M, np.flatnonzero(np.any(weights, axis=0))
        if 2 * len(used) < len(M):
            M, weights = M[used], weights[:, used]
        if issparse(self.X):
            return np.einsum("kn,nk->n", M, self.X @ weights)
        at_samples = product(M, np.ascontiguousarray(weights.T), transpose_a=True)
        return np.einsum("nd,nd->n", self.X, at_samples)

    def adjoint(self, a):
        """Return ``X^T D_i a`` for a vector a (n,), one column for each of the k masks, (d, k)."""
        return product(self.M, scale_rows(a, self.X)).T

    def apply_kernel(self, eta, v):
        """Return ``K(eta) v = sum_i eta_i D_i X X^T D_i v``, (n,), for eta (k,) and v (n,)."""
        return self.forward(eta * self.adjoint(v))


class MaskedDesign:
    """The linear map ``A = [D_1 X ... D_p X]`` of p masks, which is applied but never formed.

    Products go through X and the rows of the masks, which are unpacked block by block.

    Parameters
    ----------
    X : ndarray or csr_array (n, d)
        Its dtype, float32 or float64, is the precision of every product.
    masks : MaskSet or RegeneratedMasks
        p masks of the same n samples; ``D_i`` is the diagonal matrix of mask i.
    column : ndarray (n,), optional
        Column of an intercept that is not penalised, in float64. It is no part of A.
    """

    def __init__(self, X, masks, column=None):
        self.X, self.masks, self.column = contiguous(X), masks, column
        (self.n, self.d), self.p = X.shape, len(masks)

    @cached_property
    def Xt(self):
        """``X^T`` in C order, (d, n), or in CSR format."""
        return contiguous(self.X.T)

    @cached_property
    def gram(self):
        """``X X^T``, (n, n)."""
        return product(self.X, self.Xt)

    @cached_property
    def norm(self):
        """Largest singular value of X, an upper bound on the singular values of every ``D_i X``.

        Of a sparse X it is an upper bound itself: the Frobenius norm, or the root of the 1-norm
        times the infinity-norm.
        """
        if issparse(self.X):
            size = abs(self.X)
            mixed = np.sqrt(size.sum(axis=0).max() * size.sum(axis=1).max())
            return float(min(np.linalg.norm(size.data), mixed))
        return float(np.sqrt(max(np.linalg.eigvalsh(product(self.Xt, self.X))[-1], 0.0)))

    @cached_property
    def single(self):
        """The same design with X in float32, for products that need not be precise."""
        return MaskedDesign(self.X.astype(np.float32), self.masks, self.column)

    @property
    def in_unit_scale(self):
        """The design with X divided by a power of two, so that the rms norm of its rows is about 1.

        Returns
        -------
        design : MaskedDesign
            This design itself if the power of two is 1.
        unit : float
            The power of two. Division by it rounds no entry of X.
        """
        return (self if self._unit == 1.0 else self._scaled), self._unit

    @cached_property
    def _unit(self):
        return power_of_two(np.linalg.norm(entries(self.X)) / np.sqrt(self.n))

    @cached_property
    def _scaled(self):  # never self: a design that held itself would outlive its solve
        return MaskedDesign(self.X / self._unit, self.masks, self.column)

    def project(self, v):
        """Return v (n,) minus its projection on the intercept's column; v if there is none."""
        return project(v, self.column)

    def scaled_rows(self, root):
        """Return the design with row j of X multiplied by ``root[j]``, and with the same masks.

        ``root`` (n,) is positive. Solvers pass the roots of a loss's curvatures: a Newton step for
        a loss is a program of the squared loss on such rows. The intercept's column, which the
        design holds beside X, is multiplied too.
        """
        column = None if self.column is None else root * self.column
        return MaskedDesign(scale_rows(root, self.X), self.masks, column)

    def unpacked(self, index):
        """Return the `UnpackedDesign` of the masks in ``index``, a slice or positions (k,)."""
        return UnpackedDesign(self.X, self.masks.rows(index, self.X.dtype))

    def forward(self, weights, index=None):
        """Return ``A w = sum_i D_i X w_i``, (n,), for weights (d, k) of the k masks in ``index``.

        Without ``index`` the weights are (d, p), of all masks, and zero columns are skipped.
        """
        if index is None:
            index = np.flatnonzero(np.any(weights, axis=0))
            weights = weights[:, index]
        out, dtype = np.zeros(self.n, self.X.dtype), self.X.dtype
        for part, masks in self._parts(index):
            for at in self.masks.sample_slices(dtype):
                block = UnpackedDesign(self.X[at], self.masks.rows(masks, dtype, at))
                out[at] += block.forward(weights[:, part])
        return out

    def adjoint(self, a):
        """Return ``X^T D_i a`` for a vector a (n,), one column for each of the p masks, (d, p)."""
        aX, out = scale_rows(a, self.X), np.empty((self.p, self.d), self.X.dtype)
        for part, masks in self._parts(None):
            out[part] = self._sums(masks, aX)
        return out.T

    def scores(self, a, index=None):
        """Return ``||X^T D_i a||``, which the dual's constraints bound by lam, for every mask i.

        Parameters
        ----------
        a : ndarray (n,)
        index : ndarray of int (k,), optional
            Masks to score; all p by default.

        Returns
        -------
        ndarray (k,) of float64
            One score for each mask in ``index``.
        """
        unit = power_of_two(np.abs(a).max(initial=0.0))  # squares of a / unit are safe
        aX = scale_rows(a / unit, self.X).astype(self.X.dtype, copy=False)
        out = np.empty(self.p if index is None else len(index))
        for part, masks in self._parts(index):
            v = self._sums(masks, aX)
            out[part] = np.sqrt(np.einsum("kd,kd->k", v, v))
        out *= unit
        return out

    def _sums(self, masks, aX):
        """Return ``X^T D_i a`` as row i, (k, d), for k ``masks`` and ``aX = diag(a) X`` (n, d)."""
        first, *rest = self.masks.sample_slices(aX.dtype)
        sums = product(self.masks.rows(masks, aX.dtype, first), aX[first])
        for at in rest:
            sums += product(self.masks.rows(masks, aX.dtype, at), aX[at])
        return sums

    def _parts(self, index):
        """Split the masks in ``index`` into blocks; return a list of pairs (positions, masks).

        ``positions`` is a slice of the axis of ``index`` (k,), and ``masks`` is ``index`` on this
        slice. If ``index`` is None, all masks are split, and the two are the same slice. The
        unpacked rows of a block fit in cache or memory.
        """
        slices = self.masks.slices(self.X.dtype, self.p if index is None else len(index))
        return [(part, part if index is None else index[part]) for part in slices]

    def screened_scores(self, a, index=None):
        """Return ``||X^T D_i a||`` for every mask i, precise only where it may be the largest.

        All scores are computed in float32. Those that may be the largest are computed again in the
        precision of X. So the largest is the one that `scores` gives, at about half the time.

        Float32 products of length n make a score err by at most ``n 2^-24 || |X|^T |a| ||``
        (Higham, Accuracy and Stability of Numerical Algorithms, section 3.5). With n + 8 in place
        of n for other rounding, scores within twice this bound of the largest are computed again.

        Parameters
        ----------
        a : ndarray (n,)
        index : ndarray of int (k,), optional
            Masks to score; all p by default.

        Returns
        -------
        ndarray (k,) of float64
            One score for each mask in ``index``.
        """
        scaled, X_unit = self.in_unit_scale
        a_unit = power_of_two(np.abs(a).max(initial=0.0))
        scores = X_unit * scaled.single.scores(a, index)
        bound = (self.n + 8) * 2.0**-24 * np.linalg.norm(np.abs(a / a_unit) @ abs(self.X))
        near = np.flatnonzero(scores >= scores.max() - 2.0 * a_unit * bound)
        scores[near] = self.scores(a, near if index is None else index[near])
        return scores

    def kernel(self, eta):
        """Return the weighted kernel sum ``K(eta) = sum_i eta_i D_i X X^T D_i``, (n, n).

        It equals ``(X X^T) o (M^T diag(eta) M)``, with o the entrywise product and the masks as the
        rows of M (p, n).

        Parameters
        ----------
        eta : ndarray (p,)
            Kernel weights, at least 0.
        """
        active = np.flatnonzero(eta)
        S = self.masks.rows(active, self.X.dtype)
        S *= np.sqrt(eta[active]).astype(S.dtype)[:, None]
        return self.gram * (S.T @ S)  # an array times its transpose: half the work

    @cached_property
    def ntk_kernel(self):
        """``sum_i eta_i D_i X X^T D_i``, (n, n), with eta the ``ntk_weights`` of the masks.

        With masks of drawn gates it estimates the closed-form NTK, `kernels.ntk`.
        """
        return self.kernel(self.masks.ntk_weights)


def power_of_two(x):
    """Return the power of two nearest to x > 0 on the logarithmic scale; 1 for x = 0."""
    return float(np.exp2(np.round(np.log2(x)))) if x > 0 else 1.0
