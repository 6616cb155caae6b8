"""Masks in memory: sampled or enumerated, deduplicated, stored with one bit an entry."""

import itertools
from dataclasses import dataclass

import numpy as np
from scipy.sparse import issparse

from fixing_ntk.masks.arrangements import arrangement_gates
from fixing_ntk.masks.base import Masks
from fixing_ntk.masks.checks import array, count, flag, generator, positions
from fixing_ntk.masks.cone_measures_exact import EXACT_RANK, exact_measures
from fixing_ntk.masks.cone_measures_sampled import sampled_measures
from fixing_ntk.masks.hyperplanes import NEARLY_DEGENERATE, rank
from fixing_ntk.masks.samples import sample_array

BLOCK_BYTES = 1 << 21  # size of a block of unpacked masks, so that it stays in cache
MIN_ROWS = 64  # minimum masks in a block: with fewer, reading X dominates a product
# Blocks larger than this are split by samples too, since the system clears their memory at each
# use. A product of 100,000 samples then takes .6 of the time in float64, .8 in float32.
MAX_BYTES = 1 << 24
SINGLE_FROM = 20_000_000  # number of products of a row and a gate from which they are in float32


@dataclass(frozen=True, eq=False)
class MaskSet(Masks):
    """Masks ``D_i = diag(1[X g_i >= 0])`` of ``n`` samples, stored with one bit an entry.

    Make one with `sample`, `from_gates` or `enumerate`; the constructor does no checks. Their masks
    are nonzero, and distinct unless `from_gates` is asked to keep repeated ones.

    Attributes
    ----------
    gates : ndarray (d, p)
        One gate for each mask: ``masks.dense() == (X @ gates >= 0)``.
    packed : ndarray (p, ceil(n / 8)) of uint8
        Row i holds the n entries of mask i, eight to a byte.
    n : int
        Number of samples of a mask.
    ntk_weights : ndarray (p,)
        ``P[h in K_i]`` for h ~ N(0, I) and the cone K_i of mask i. From `enumerate` it is exact up
        to rank 3, and above an estimate from great circles. From `sample` and `from_gates` it is
        the share of the gates that gave this mask, or 1 / N for each of N gates if repeated masks
        are kept. The sum is one minus the share of the all-zero mask, until `subset` drops masks.
    ntk_weights_error : ndarray (p,)
        Standard error of ``ntk_weights`` for gates from N(0, I). It is 0 if they are exact, and for
        a cone that no great circle met.
    """

    gates: np.ndarray
    packed: np.ndarray
    n: int
    ntk_weights: np.ndarray
    ntk_weights_error: np.ndarray

    @classmethod
    def sample(cls, X, n_gates=1000, seed=0):
        """Draw ``n_gates`` gates from N(0, I_d) and make their distinct nonzero masks.

        Parameters
        ----------
        X : array or sparse array (n, d)
        n_gates : int
            Number of gates drawn. Repeated masks are merged, so there may be fewer masks.
        seed : int, sequence of int, or numpy.random.Generator

        Raises
        ------
        TypeError, ValueError
            If an argument is not as above, or no gate gives a nonzero mask.
        """
        X, n_gates = sample_array(X, "X", "n", "d"), count(n_gates, "n_gates")
        return cls._distinct(X, generator(seed).standard_normal((X.shape[1], n_gates)))

    @classmethod
    def from_gates(cls, X, gates, merged=True):
        """Make the masks of given gates, in the order in which each mask first occurs.

        Parameters
        ----------
        X : array or sparse array (n, d)
        gates : array (d, N)
            Of gates that share a mask only the first is kept; ``ntk_weights`` counts all of them.
            Gates whose mask is all zero are dropped. The gate 0 has the mask of ones, since
            ``x^T 0 >= 0`` for every row x, so its unit is linear everywhere.
        merged : bool
            False keeps gates that share a mask, each with the NTK weight 1 / N. The optimum of the
            group lasso is the same. At new points, gates that share a mask may differ, and weight
            spread over them averages their predictions.

        Raises
        ------
        TypeError, ValueError
            If shapes do not match, an entry is not a finite number, or every mask is zero.
        """
        X, gates = sample_array(X, "X", "n", "d"), array(gates, "gates", "d", "N").copy()
        if X.shape[1] != gates.shape[0]:
            raise ValueError(
                f"X must be (n, d) and gates (d, N) with one d, got {X.shape} and {gates.shape}"
            )
        return cls._distinct(X, gates, flag(merged, "merged"))

    @classmethod
    def _distinct(cls, X, gates, merged=True):
        """Do as `from_gates`, but check no argument and copy no gates, which must not change later.

        ValueError is still raised if every mask is zero.
        """
        packed, n_gates = _pack(X, gates), gates.shape[1]
        first, repeats = _distinct_rows(packed) if merged else _each(n_gates)
        nonzero = packed.any(axis=1)[first]
        if not nonzero.any():
            raise ValueError("every gate gives the all-zero mask: draw more gates, or add a bias")
        first, share = first[nonzero], repeats[nonzero] / n_gates
        if len(first) < n_gates:
            gates, packed = gates[:, first], packed[first]
        return cls(gates, packed, X.shape[0], share, np.sqrt(share * (1.0 - share) / n_gates))

    @classmethod
    def enumerate(cls, X, limit=100_000, n_circles=10_000, seed=0):
        """Make the nonzero masks of all gates u on no hyperplane ``x_i^T u = 0``, one for a cell.

        A cell is a cone of such gates with the same mask, so these are the masks whose cone has
        positive measure. In general position of rank r their number is `cover_count`, less one if
        an open half-space contains all rows. Then one cell has the all-zero mask, which is dropped,
        since it adds nothing to any prediction.

        A gate on the hyperplane of a row has a 1 in its mask there. In general position such gates
        add a mask in one case alone: the gate 0 has the mask of ones, and if no open half-space
        contains all rows, no cell has it. The measure of this mask is 0, so the NTK lacks it, but
        the gated program may use it. Add it by ``MaskSet.from_gates(X,
        np.column_stack([masks.gates, np.zeros(d)]))``. With a bias column nothing is missing, since
        the bias alone is a gate with the mask of ones.

        Repeated, collinear and zero rows are allowed. Rows within 1e-12 of degenerate ones count as
        degenerate. Up to rank 3 ``ntk_weights`` is exact to rounding, or to 1e-11 near degeneracy.
        Above, it is an estimate from random great circles (`cone_measures_sampled`), and 0 for the
        few cones that no circle met.

        Parameters
        ----------
        X : array (n, d)
        limit : int
            Largest allowed value of Cover's bound `cover_count` on the number of cells.
        n_circles : int
            Great circles, drawn if the rank is above 3.
        seed : int, sequence of int, or numpy.random.Generator
            Seed of the circles.

        Raises
        ------
        TypeError, ValueError
            If an argument is not as above, Cover's bound exceeds the limit, or X is zero. Also if
            rows are so nearly degenerate that rounding hides cells, or that weights of rank up to 3
            would be off by more than 1e-11.
        """
        X, limit = array(X, "X", "n", "d"), count(limit, "limit")
        n_circles, seed = count(n_circles, "n_circles"), generator(seed)
        gates = arrangement_gates(X, limit)
        masks = cls.from_gates(X, gates)
        zero = ~np.any(X @ gates >= 0, axis=0)
        if len(masks) + zero.sum() != gates.shape[1]:
            raise ValueError(NEARLY_DEGENERATE)
        if rank(X) <= EXACT_RANK:
            weights, error = exact_measures(X, gates), np.zeros(gates.shape[1])
        else:
            weights, error = sampled_measures(X, gates, n_circles, seed)
        return cls(masks.gates, masks.packed, masks.n, weights[~zero], error[~zero])

    def __len__(self):
        return len(self.packed)

    @property
    def d(self):
        """Number of features of a gate."""
        return len(self.gates)

    def gates_at(self, index):
        """Return the gates of the masks in ``index``, one column for each mask, ndarray (d, k)."""
        return self.gates[:, positions(index, len(self))]

    def subset(self, index):
        """Return the masks in ``index``, in that order, as a `MaskSet`.

        They keep their NTK weights, which are not normalised again.
        """
        index = positions(index, len(self))
        weights, error = self.ntk_weights[index], self.ntk_weights_error[index]
        return MaskSet(self.gates[:, index], self.packed[index], self.n, weights, error)

    def rows(self, index, dtype=float, samples=slice(None)):
        """Return the masks in ``index`` as rows (k, n): row j is the diagonal of D_index[j].

        Entries are 0 and 1 in ``dtype``. ``samples`` selects columns, as ``index`` selects masks.
        """
        index, columns = positions(index, len(self)), positions(samples, self.n, "samples")
        if isinstance(columns, slice) and columns.step is None:
            first, last, _ = columns.indices(self.n)
            if first % 8 == 0 and first <= last:  # whole bytes: nothing else is unpacked
                packed = self.packed[index, first // 8 : -(-last // 8)]
                return np.unpackbits(packed, axis=1, count=last - first).astype(dtype)
        rows = np.unpackbits(self.packed[index], axis=1, count=self.n)
        return rows[:, columns].astype(dtype)

    def restrict(self, samples):
        """Return the masks of the same p gates at a subset of the samples; all p are kept.

        ``samples`` (m,) are positions or n booleans, or a slice. No mask is merged or dropped, and
        the NTK weights stay as they are.
        """
        samples = np.arange(self.n)[positions(samples, self.n, "samples")]
        parts = self.slices(np.uint8, len(self))
        packed = [np.packbits(self.rows(k, np.uint8)[:, samples], axis=1) for k in parts]
        weights, error = self.ntk_weights, self.ntk_weights_error
        return MaskSet(self.gates, np.concatenate(packed), len(samples), weights, error)

    def slices(self, dtype, count):
        """Return a list of slices that split ``range(count)`` into blocks of masks.

        The rows of a block, unpacked to ``dtype``, fit in cache. But a block has at least
        `MIN_ROWS` masks, if so many are left, and twice as many where `sample_slices` splits it.
        """
        if self._is_long(dtype):
            return _slices(count, 2 * MIN_ROWS)
        return _slices(count, max(MIN_ROWS, BLOCK_BYTES // self._row_bytes(dtype)))

    def sample_slices(self, dtype):
        """Return a list of slices that split the n samples, for products of sums over samples.

        There is one slice, unless `MIN_ROWS` masks of all samples take more than `MAX_BYTES`.
        """
        if not self._is_long(dtype):
            return [slice(0, self.n)]
        return _slices(self.n, BLOCK_BYTES // (2 * MIN_ROWS * np.dtype(dtype).itemsize) // 8 * 8)

    def _is_long(self, dtype):
        return MIN_ROWS * self._row_bytes(dtype) > MAX_BYTES

    def _row_bytes(self, dtype):
        return max(1, self.n * np.dtype(dtype).itemsize)


def _slices(count, step):
    return [slice(k, min(k + step, count)) for k in range(0, count, step)]


def _pack(X, gates):
    """Return the masks ``X @ gates >= 0`` of gates (d, N) as bits, one row for each gate.

    X is (n, d), and the result (N, ceil(n / 8)) of uint8. If the n N products of rows and gates are
    at least `SINGLE_FROM` and X is dense, they are in float32 where the sign is certain
    (`_pack_in_single`).
    """
    n, N = X.shape[0], gates.shape[1]
    packed = np.empty((N, -(-n // 8)), dtype=np.uint8)
    if n * N >= SINGLE_FROM and not issparse(X):
        return _pack_in_single(X, gates, packed)
    step = max(1, BLOCK_BYTES // (8 * max(n, 1)))
    for start in range(0, N, step):
        block = slice(start, start + step)
        packed[block] = np.packbits((X @ gates[:, block] >= 0).T, axis=1)
    return packed


def _pack_in_single(X, gates, packed):
    """Fill ``packed`` (N, ceil(n / 8)) with the masks ``X @ gates >= 0`` as bits, and return it.

    X (n, d) and gates (d, N) may have any scale. Copies in float32, with rows and gates scaled to
    length one, give the products. Products too near zero are computed again in float64, unscaled.
    Too near is ``(d + 4) 2^-24``, a bound on the error in float32: the sum of d terms adds d units
    of 2^-24, and rounding of the two factors adds one each (Higham, Accuracy and Stability of
    Numerical Algorithms, section 3.1). Two units are to spare.
    """
    (n, d), N = X.shape, gates.shape[1]
    Xt, units = np.ascontiguousarray(_single(X, 1).T), np.ascontiguousarray(_single(gates, 0).T)
    rows, near = BLOCK_BYTES // (4 * MIN_ROWS) // 8 * 8, np.float32((d + 4) * 2.0**-24)
    for j in range(0, N, MIN_ROWS):
        for i in range(0, n, rows):
            products = units[j : j + MIN_ROWS] @ Xt[:, i : i + rows]
            bits = products >= 0.0
            unsure = np.flatnonzero(np.abs(products) <= near)
            gate, row = np.divmod(unsure, bits.shape[1])
            exact = np.einsum("kd,dk->k", X[i + row], gates[:, j + gate])
            bits.ravel()[unsure] = exact >= 0.0
            packed[j : j + MIN_ROWS, i // 8 : (i + rows) // 8] = np.packbits(bits, axis=1)
    return packed


def _single(A, axis):
    """Return A in float32, its rows (axis 1) or columns (axis 0) scaled to length one.

    Zero rows or columns stay zero.
    """
    for length in (np.inf, 2):  # the largest entry first: squares of what is left are safe
        lengths = np.linalg.norm(A, length, axis=axis, keepdims=True)
        A = A / np.where(lengths > 0.0, lengths, 1.0)
    return A.astype(np.float32)


def _each(n_rows):
    """Return what `_distinct_rows` returns for distinct rows: ``arange(n_rows)`` and ones.

    With this answer `MaskSet._distinct` keeps repeated masks.
    """
    return np.arange(n_rows), np.ones(n_rows, int)


def _distinct_rows(packed):
    """Return where each distinct row of ``packed`` first occurs, in order, and how often it occurs.

    Both results are arrays of int, with an entry for each distinct row. Sorting the rows would copy
    them twice, so each row is hashed to one integer of 64 bits, by random factors. A hash with
    collisions is detected, and the next seed gives another hash.
    """
    n_rows, n_bytes = packed.shape
    step = max(1, BLOCK_BYTES // (8 * n_bytes))
    blocks = [slice(k, k + step) for k in range(0, n_rows, step)]
    for seed in itertools.count():
        factors = np.random.default_rng(seed).integers(2**64, size=n_bytes, dtype=np.uint64)
        words = np.concatenate([packed[block].astype(np.uint64) @ factors for block in blocks])
        _, first, same, repeats = np.unique(
            words, return_index=True, return_inverse=True, return_counts=True
        )
        same = first[same]
        if all(np.array_equal(packed[block], packed[same[block]]) for block in blocks):
            order = np.argsort(first)
            return first[order], repeats[order]
