"""The convex programs in standard conic form, stated once for every backend.

Standard form, with K a product of nonnegative cones, second-order cones SOC and power cones::

    minimise c^T x   subject to   b - A x in K          multipliers z in K*, A^T z + c = 0

For the gated ReLU program the *dual* of the group lasso is stated, in ``x = (a, u)`` with a (n,)::

    minimise u   subject to   (lam, -X^T D_i a)                in SOC(d + 1),  i = 1..p
                              (1 + u, 1 - u, sqrt2 (y - a))    in SOC(n + 2)

The last cone says ``u >= 1/2 ||y - a||^2``, so the optimum is ``1/2 ||y||^2 - P``. Stationarity in
a, with the last cone's complementarity, reads ``sum_i D_i X z_i = y - a``, where ``(t_i, z_i)`` are
the multipliers of cone i: **the weights are the multipliers**, ``w_i = z_i``, and a the residual.

The primal statement, in ``(w_i, t_i, u)`` with ``(t_i, w_i)`` in SOC, takes Clarabel as many
iterations, but more memory, and more time where its factorisation is QDLDL.

A ReLU program fits the same form. Its constraints ``(2 D_i - I) X w_i >= 0`` have multipliers
``s_i >= 0``, which are variables here: n more columns of A for each mask, with ``X^T (2 D_i - I)``
in the rows of cone i, and one more "nonneg" block for their sign.

A program between the NTK and optimal MKL, p > 1, has power cones: see `between_program`.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
from scipy.linalg import eigh

from fixing_ntk.programs import lp_mkl


@dataclass(frozen=True, eq=False)
class ConicProgram:
    """A convex program ``minimise c^T x subject to b - A x in K``, with K a product of cones.

    Attributes
    ----------
    c : ndarray (N,)
    A : scipy.sparse.csc_array (m, N)
    b : ndarray (m,)
    cones : list of tuple
        ``("nonneg", k)``, ``("soc", k)`` or ``("power", 3, alpha)``, the factors of K in the order
        of the rows, k rows each. A second-order cone is ``{(t, v): t >= ||v||}``, a power cone
        ``{(t, u, v): t^alpha u^(1-alpha) >= |v|, t, u >= 0}``.
    """

    c: np.ndarray
    A: sp.csc_array
    b: np.ndarray
    cones: list

    @classmethod
    def stack(cls, c, blocks):
        """Return the program with objective ``c^T x`` and the rows of ``blocks``, in their order.

        Parameters
        ----------
        c : array (N,)
        blocks : sequence of (cones, A, b)
            ``A`` sparse with N columns; ``cones`` as the attribute, for this block's rows.
        """
        cones, As, bs = zip(*blocks, strict=True)
        A = sp.csc_array(sp.vstack(As, format="csc"))
        return cls(np.asarray(c, float), A, np.concatenate(bs), [k for part in cones for k in part])


class Result(NamedTuple):
    """A backend's answer: ``x`` (N,), multipliers ``z`` (m,), iterations, the backend's status.

    The multipliers, one for each row of the program, lie in the dual cones, with ``A^T z + c = 0``.
    ``status`` is the backend's own text.
    """

    x: np.ndarray
    z: np.ndarray
    n_iter: int
    status: str


def group_block(design, lam):
    """Return the dual constraints ``||X^T D_i a|| <= lam`` of p masks as rows of a `ConicProgram`.

    Returns
    -------
    cones : list of tuple
        p times ``("soc", d + 1)``.
    A : csc_array (p (d + 1), n)
    b : ndarray (p (d + 1),)
        ``b - A a`` has ``(lam, -X^T D_i a)`` for each mask in turn.
    """
    n, d, p = design.n, design.d, design.p
    dense = design.masks.dense()
    sample, mask = np.nonzero(dense)  # in the order of samples, which are the columns of A
    rows = (mask.astype(np.int32) * (d + 1) + 1)[:, None] + np.arange(d, dtype=np.int32)
    starts = np.concatenate([[0], np.cumsum(d * np.count_nonzero(dense, axis=1))])
    A = sp.csc_array((design.X[sample].ravel(), rows.ravel(), starts), shape=(p * (d + 1), n))
    A.eliminate_zeros()
    b = np.zeros(p * (d + 1))
    b[:: d + 1] = lam
    return [("soc", d + 1)] * p, A, b


def loss_block(y):
    """Return the constraint ``u >= 1/2 ||y - a||^2`` as a block of rows in ``x = (a, u)``.

    The block is the triple cones, A (n + 2, n + 1), b. ``b - A x`` is
    ``(1 + u, 1 - u, sqrt2 (y - a))``, in SOC(n + 2).
    """
    n, root2 = len(y), np.sqrt(2.0)
    bound = sp.csc_array(np.array([[-1.0], [1.0]]))
    A = sp.block_array([[None, bound], [root2 * sp.eye_array(n), None]])
    return [("soc", n + 2)], A, np.concatenate([[1.0, 1.0], root2 * y])


def gated_program(design, y, lam):
    """State the dual of the gated ReLU program as a conic program in ``x = (a, u)``.

    It minimises u over ``u >= 1/2 ||y - a||^2`` and ``||X^T D_i a|| <= lam`` for every mask i. Its
    minimum is ``1/2 ||y||^2`` less the optimum of the gated ReLU program. `gated_weights` takes the
    weights from its multipliers.

    Parameters
    ----------
    design : MaskedDesign
    y : ndarray (n,)
    lam : float

    Returns
    -------
    ConicProgram
        With n + 1 variables and p (d + 1) + n + 2 rows, the cones of the masks first.
    """
    cones, A, b = group_block(design, lam)
    A = sp.hstack([A, sp.csc_array((A.shape[0], 1))])
    c = np.zeros(design.n + 1)
    c[-1] = 1.0
    return ConicProgram.stack(c, [(cones, A, b), loss_block(y)])


def gated_weights(design, z):
    """Return weights (d, p) from the multipliers z (m,) of `gated_program`.

    The weight of mask i is the multiplier of its cone without the first entry, sign unchanged.
    """
    d, p = design.d, design.p
    return z[: p * (d + 1)].reshape(p, d + 1)[:, 1:].T.copy()


def gated_dual_point(design, x):
    """Return the dual point a (n,), the residual at the optimum, from x of `gated_program`."""
    return x[: design.n]


def between_program(design, y, mu, p, H=None):
    """State the dual of a program between the NTK and optimal MKL, p > 1 (`programs.lp_mkl`).

    The prior m_i of kernel i is the NTK's weight of mask i (`lp_mkl.prior_of`), and its score is
    ``||X^T D_i a||``. N(a) and the dual objective D(a) are those of `programs.lp_mkl`. With
    ``r = 2 p'``, ``p' = p / (p - 1)``, the variables are ``x = (a, T, u, s, tau)``. T bounds
    ``sqrt(N(a) / mu)``::

        minimise u   subject to   (s_i, (m_i^(1/r) / sqrt(mu)) X^T D_i a)   in SOC(d + 1)
                                  (tau_i, T, s_i)                           in POWER(1 / r)
                                  T - sum_i tau_i >= 0
                                  (1 + u, 1 - u, sqrt2 (y - a), -sqrt2 T)   in SOC(n + 3)

    The power cones say ``tau_i >= s_i^r T^(1-r)``, so that ``T^r >= sum_i s_i^r``. The last cone
    says ``u >= 1/2 ||y - a||^2 + T^2 / 2``: the optimum is ``1/2 ||y||^2 - D(a)``.

    Parameters
    ----------
    design : MaskedDesign
    y : ndarray (n,)
    mu, p : float
        Penalty, and exponent of the Lp ball.
    H : ndarray (n, n), optional
        The NTK as one more kernel, the last, whose score is ``sqrt(a^T H a)``. Its cone is
        SOC(n + 1).

    Returns
    -------
    ConicProgram
        With n + 2 + 2 k variables for k kernels.
    """
    n, prior = design.n, lp_mkl.prior_of(design.masks, H is not None)
    cones, A, b = group_block(design, 0.0)
    if H is not None:
        values, vectors = eigh(H)
        root = (vectors * np.sqrt(np.maximum(values, 0.0))).T
        cones, b = [*cones, ("soc", n + 1)], np.append(b, np.zeros(n + 1))
        A = sp.vstack([A, sp.csc_array((1, n)), sp.csc_array(root)])
    sizes, k = [size for _, size in cones], len(cones)
    alpha = 0.5 / lp_mkl.conjugate(p)
    unit = np.repeat(prior**alpha / np.sqrt(mu), sizes)
    firsts = np.cumsum([0, *sizes[:-1]])
    s = sp.csc_array((-np.ones(k), (firsts, np.arange(k))), shape=(len(b), k))
    groups = sp.hstack([sp.diags_array(unit) @ A, sp.csc_array((len(b), 2)), s, 0 * s])
    each, one = sp.eye_array(k), np.ones((k, 1))
    first, second, third = np.eye(3)[:, :, None]
    powers = sp.hstack(
        [
            sp.csc_array((3 * k, n)),
            sp.kron(-one, second),
            sp.csc_array((3 * k, 1)),
            sp.kron(-each, third),
            sp.kron(-each, first),
        ]
    )
    share = np.concatenate([np.zeros(n), [-1.0, 0.0], np.zeros(k), np.ones(k)])
    loss_cone, loss, loss_b = loss_block(np.append(y, 0.0))
    loss = sp.hstack([loss, sp.csc_array((n + 3, 2 * k))])
    c = np.zeros(n + 2 + 2 * k)
    c[n + 1] = 1.0
    return ConicProgram.stack(
        c,
        [
            (cones, groups, b),
            ([("power", 3, alpha)] * k, powers, np.zeros(3 * k)),
            ([("nonneg", 1)], sp.csc_array(share[None]), np.zeros(1)),
            (loss_cone, loss, loss_b),
        ],
    )
