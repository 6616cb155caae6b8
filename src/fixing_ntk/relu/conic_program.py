"""The ReLU program in standard conic form, which `solvers.conic_program` defines.

The primal is stated for k pairs of a mask D_j and a sign e_j, in the variables ``x = (w, t, u)``
with a group ``w_j`` for each pair::

    minimise u + lam sum_j t_j   subject to   (2 D_j - I) X w_j                    >= 0
                                              (t_j, w_j)                           in SOC(d + 1)
                                              (1 + u, 1 - u, sqrt2 (y - A w))      in SOC(n + 2)

with ``A w = sum_j e_j D_j X w_j``, and SOC(m) the second-order cone in m dimensions. The last cone
says ``u >= 1/2 ||y - A w||^2``. The primal has k (d + 1) + 1 variables; the dual would have n more
for each group.
"""

import numpy as np
import scipy.sparse as sp

from fixing_ntk.solvers.conic_program import ConicProgram


def relu_program(X, masks, signs, y, lam):
    """Return the ReLU program on k pairs of mask and sign, in standard conic form.

    Parameters
    ----------
    X : ndarray (n, d)
    masks : ndarray of bool (n, k)
        Mask of each pair, as a column.
    signs : ndarray (k,)
        +1 for groups that are added to the prediction, -1 for groups that are subtracted.
    y : ndarray (n,)
    lam : float

    Returns
    -------
    ConicProgram
        With N = k (d + 1) + 1 variables and n k + k (d + 1) + n + 2 rows.
    """
    (n, d), k = X.shape, masks.shape[1]
    signed = [sp.csc_array(np.where(open_[:, None], X, -X)) for open_ in masks.T]
    inside = sp.hstack([-sp.block_diag(signed), sp.csc_array((n * k, k + 1))])
    rows = np.arange(k * (d + 1))
    group, entry = np.divmod(rows, d + 1)
    columns = np.where(entry == 0, k * d + group, group * d + entry - 1)
    norms = sp.csc_array((-np.ones(len(rows)), (rows, columns)), shape=(len(rows), k * (d + 1) + 1))
    root2 = np.sqrt(2.0)
    A = np.hstack([e * m[:, None] * X for e, m in zip(signs, masks.T, strict=True)])
    bound = sp.csc_array(([-1.0, 1.0], ([0, 1], [k * (d + 1)] * 2)), shape=(2, k * (d + 1) + 1))
    fit = sp.hstack([sp.csc_array(root2 * A), sp.csc_array((n, k + 1))])
    c = np.concatenate([np.zeros(k * d), np.full(k, lam), [1.0]])
    return ConicProgram.stack(
        c,
        [
            ([("nonneg", n * k)], inside, np.zeros(n * k)),
            ([("soc", d + 1)] * k, norms, np.zeros(k * (d + 1))),
            ([("soc", n + 2)], sp.vstack([bound, fit]), np.concatenate([[1.0, 1.0], root2 * y])),
        ],
    )


def relu_weights(x, d, k):
    """Return the weights (d, k) that the variables x (N,) of `relu_program` contain.

    There is a column for each of the k pairs of a mask and a sign. It is not multiplied by the
    sign. The other variables of x, which bound norms and loss, are dropped.
    """
    return x[: k * d].reshape(k, d).T.copy()


def relu_dual_point(z, n):
    """Return the ReLU program's dual point a (n,) from the multipliers z of `relu_program`'s rows.

    z has an entry for each row of the program, and n is the number of samples. At the optimum a is
    the residual.
    """
    return -np.sqrt(2.0) * z[-n:]
