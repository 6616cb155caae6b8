"""The masked design ``A = [D_1 X ... D_p X]``, applied but never formed."""

from functools import cached_property

import numpy as np


class MaskedDesign:
    """Products with ``A = [D_1 X ... D_p X]`` (n, p d) through X and the packed masks.

    Parameters
    ----------
    X : ndarray (n, d)
    masks : MaskSet
        p masks of the same n samples.
    """

    def __init__(self, X, masks):
        self.X, self.masks = X, masks
        self.n, self.d, self.p = *X.shape, len(masks)

    @cached_property
    def gram(self):
        """``X X^T``, (n, n)."""
        return self.X @ self.X.T

    @cached_property
    def Xt(self):
        """``X^T`` with contiguous rows, (d, n)."""
        return np.ascontiguousarray(self.X.T)

    def forward(self, weights):
        """``A w = sum_i D_i X w_i``, (n,), for weights (d, p); zero columns cost nothing."""
        out = np.zeros(self.n)
        active = np.flatnonzero(np.any(weights, axis=0))
        for chunk in np.array_split(active, max(1, len(active) // 512)):
            out += np.einsum("kn,nk->n", self.masks.rows(chunk), self.X @ weights[:, chunk])
        return out

    def adjoint(self, a, index):
        """``X^T D_i a`` for the masks in ``index``, (d, k)."""
        return ((self.masks.rows(index) * a) @ self.X).T

    def ridge_weights(self, eta, beta, index):
        """``w_i = eta_i X^T D_i beta`` for the masks in ``index``, zero elsewhere, (d, p)."""
        weights = np.zeros((self.d, self.p))
        weights[:, index] = eta * self.adjoint(beta, index)
        return weights

    def scores(self, a):
        """``||X^T D_i a||`` for every mask, (p,): the left side of the dual constraints."""
        out = np.empty(self.p)
        for block, bits in self.masks.blocks():
            out[block] = np.linalg.norm((bits * a) @ self.X, axis=1)
        return out

    def kernel(self, eta):
        """``K(eta) = sum_i eta_i D_i X X^T D_i = (X X^T) o (M diag(eta) M^T)``, (n, n)."""
        active = np.flatnonzero(eta)
        M = self.masks.rows(active)
        return self.gram * ((M.T * eta[active]) @ M)
