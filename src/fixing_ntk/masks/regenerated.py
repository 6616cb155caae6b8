"""Masks that are regenerated from their seed at each use, for more gates than fit in memory."""

from dataclasses import dataclass

import numpy as np

from fixing_ntk.masks.base import Masks
from fixing_ntk.masks.checks import count, positions, whole
from fixing_ntk.masks.mask_set import MaskSet
from fixing_ntk.masks.samples import sample_array

GATES_PER_BLOCK = 1024  # gates of one generator: changing it changes the gates of every seed


@dataclass(frozen=True, eq=False)
class RegeneratedMasks(Masks):
    """Masks of ``n_gates`` gates from N(0, I_d), which are drawn again from their seed at each use.

    So only one block of gates need be in memory at a time. Make one with `sample`; the constructor
    does no checks. Repeated masks are not merged, and the all-zero mask is kept. Neither changes
    the optimum of a program.

    Attributes
    ----------
    X : ndarray (n, d)
    n_gates : int
    seed : int
        Block k of the gates is drawn from ``numpy.random.default_rng((seed, k))``.
    """

    X: np.ndarray
    n_gates: int
    seed: int = 0

    @classmethod
    def sample(cls, X, n_gates, seed=0):
        """Return the `RegeneratedMasks` of ``n_gates`` gates from N(0, I_d), all masks kept.

        Nothing is drawn yet: a copy of X, the number of gates and the seed are stored.

        Parameters
        ----------
        X : array or sparse array (n, d)
        n_gates : int
        seed : int

        Raises
        ------
        TypeError, ValueError
            If an argument is not as above.
        """
        X, n_gates = sample_array(X, "X", "n", "d").copy(), count(n_gates, "n_gates")
        return cls(X, n_gates, whole(seed, "seed"))

    def __len__(self):
        return self.n_gates

    @property
    def n(self):  # type: ignore[override]
        """Number of samples of a mask."""
        return self.X.shape[0]

    @property
    def d(self):
        """Number of features of a gate."""
        return self.X.shape[1]

    @property
    def ntk_weights(self):  # type: ignore[override]
        """``1 / p`` for each of p masks, ndarray (p,): the share of its own gate alone.

        A mask that repeats has this weight each time.
        """
        return np.full(self.n_gates, 1.0 / self.n_gates)

    @property
    def ntk_weights_error(self):
        """Standard error ``sqrt(w (1 - w) / p)`` of each weight w of ``ntk_weights``, (p,)."""
        return np.sqrt(self.ntk_weights * (1.0 - self.ntk_weights) / self.n_gates)

    def gates_at(self, index):
        """Return the gates of the masks in ``index``, one column for each mask, ndarray (d, k)."""
        index = self._positions(index)
        gates = np.empty((self.d, len(index)))
        for block, inside in _by_block(index):
            gates[:, inside] = self._gates(block)[:, index[inside] % GATES_PER_BLOCK]
        return gates

    def rows(self, index, dtype=float, samples=slice(None)):
        """Return the masks in ``index`` as rows (k, n): row j is the diagonal of D_index[j].

        Entries are 0 and 1 in ``dtype``. ``samples`` selects columns, as ``index`` selects masks.
        """
        index, columns = self._positions(index), positions(samples, self.n, "samples")
        rows = np.empty((len(index), self.n), dtype)
        for block, inside in _by_block(index):
            # Always the whole block: the rounding of a product depends on its shape.
            bits = self.X @ self._gates(block) >= 0
            rows[inside] = bits.T[index[inside] % GATES_PER_BLOCK]
        return rows[:, columns]

    def subset(self, index):
        """Return the masks in ``index``, in that order, as a `MaskSet` in memory.

        They keep their NTK weights, ``1 / p`` each, which are not normalised again. Repeated and
        all-zero masks are kept.
        """
        index = self._positions(index)
        packed = np.packbits(self.rows(index, bool), axis=1)
        weights, error = self.ntk_weights[index], self.ntk_weights_error[index]
        return MaskSet(self.gates_at(index), packed, self.n, weights, error)

    def restrict(self, samples):
        """Return the masks of the same gates at a subset of the samples, as `RegeneratedMasks`.

        ``samples`` (m,) are positions or n booleans, or a slice.
        """
        X = self.X[positions(samples, self.n, "samples")]
        return RegeneratedMasks(X, self.n_gates, self.seed)

    def slices(self, dtype, count):
        """Return slices that split ``range(count)`` into blocks of `GATES_PER_BLOCK` masks, a list.

        The last block may be smaller. ``dtype`` has no effect.
        """
        step = GATES_PER_BLOCK
        return [slice(k, min(k + step, count)) for k in range(0, count, step)]

    def _positions(self, index):
        """Return an index as positions (k,) from 0 to p - 1, an array of int.

        ``index`` is a slice, p booleans, or whole numbers from -p to p - 1. Negative numbers count
        from the end, and numbers outside raise IndexError.
        """
        at, p = positions(index, len(self)), len(self)
        if isinstance(at, slice):
            return np.arange(*at.indices(p))
        if at.size and not (at.min() >= -p and at.max() < p):
            raise IndexError(f"index must be below {p}, the number of masks, got {index!r}")
        return np.where(at < 0, at + p, at)

    def _gates(self, block):
        """Draw the gates of one block, given its number: (d, k), at each call the same.

        k is `GATES_PER_BLOCK`, or what is left for the last block.
        """
        k = min(GATES_PER_BLOCK, self.n_gates - block * GATES_PER_BLOCK)
        return np.random.default_rng((self.seed, block)).standard_normal((k, self.d)).T


def _by_block(index):
    """Yield pairs (block, at): the number of a block of gates, and where ``index`` has its masks.

    ``index`` (k,) are positions of masks. ``at`` is an array of positions in ``index``. Blocks
    without masks in ``index`` are left out.
    """
    blocks = index // GATES_PER_BLOCK
    for block in np.unique(blocks):
        yield int(block), np.flatnonzero(blocks == block)
