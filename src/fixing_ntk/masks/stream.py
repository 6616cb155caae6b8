"""Masks that are made anew whenever they are needed, for more gates than memory holds."""

from dataclasses import dataclass

import numpy as np

GATES_PER_BLOCK = 1024  # drawn from one stream of random numbers: part of what a seed means


@dataclass(frozen=True, eq=False)
class MaskStream:
    """Masks of ``n_gates`` gates drawn from N(0, I_d), a block of them in memory at a time.

    Stands in for a `MaskSet` in `solve`, `solve_path` and `lambda_max`. Masks are not merged when
    they repeat, and all-zero ones are kept: neither changes the optimum.

    Attributes
    ----------
    X : ndarray (n, d)
    n_gates : int
    seed : int
        Block k of the gates is drawn from the stream ``(seed, k)``.
    """

    X: np.ndarray
    n_gates: int
    seed: int = 0

    def __len__(self):
        return self.n_gates

    @property
    def n(self):
        """Number of samples that a mask covers."""
        return self.X.shape[0]

    @property
    def d(self):
        """Number of features of a gate."""
        return self.X.shape[1]

    @property
    def ntk_weights(self):
        """Monte Carlo estimate of ``P[h in K_i]``, equal for all: ndarray (p,)."""
        return np.full(self.n_gates, 1.0 / self.n_gates)

    def gates_at(self, index):
        """Gates of the masks in ``index``, ndarray (d, k)."""
        gates = np.empty((self.d, len(index)))
        for block, inside in _by_block(index):
            gates[:, inside] = self._gates(block)[:, index[inside] % GATES_PER_BLOCK]
        return gates

    def rows(self, index, dtype=float):
        """Selected masks as rows: ndarray (k, n), row j is the diagonal of D_index[j]."""
        if isinstance(index, slice):
            index = np.arange(index.start, index.stop)
        rows = np.empty((len(index), self.n), dtype)
        for block, inside in _by_block(index):
            # Always the whole block: a product of another shape may round otherwise.
            bits = self.X @ self._gates(block) >= 0
            rows[inside] = bits.T[index[inside] % GATES_PER_BLOCK]
        return rows

    def slices(self, dtype, count):
        """Ranges that cover ``count`` masks, a block of gates each."""
        step = GATES_PER_BLOCK
        return [slice(k, min(k + step, count)) for k in range(0, count, step)]

    def _gates(self, block):
        k = min(GATES_PER_BLOCK, self.n_gates - block * GATES_PER_BLOCK)
        return np.random.default_rng((self.seed, block)).standard_normal((k, self.d)).T


def _by_block(index):
    """Yield each block that ``index`` touches, with the positions of its masks in ``index``."""
    blocks = np.asarray(index) // GATES_PER_BLOCK
    for block in np.unique(blocks):
        yield int(block), np.flatnonzero(blocks == block)
