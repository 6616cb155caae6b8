"""A Newton step of the gated ReLU program in weights and mask weights together.

In the variables t (d, k) and v (k,) of a step, with ``c_i = w_i / eta_i``, ::

    w_i <- w_i + c_i v_i + sqrt(eta_i) t_i,    eta_i <- eta_i + v_i

the quadratic model of F (`newton_cg`) is, for ``g_i = X^T D_i (y - A w)``, ::

    1/2 ||A (sqrt(eta) t + c v)||^2 + lam/2 ||t||^2 - rho^T t - gamma^T v

    rho_i = sqrt(eta_i) (g_i - lam c_i),    gamma_i = c_i^T g_i - lam/2 (1 + ||c_i||^2)

A mask with ``eta_i = 0`` has no ratio yet. It may enter along ``c_i = g_i / lam``, the ratio that
is optimal for a small ``eta_i``.
"""

import numpy as np

from fixing_ntk.programs import UnpackedDesign, group_norms
from fixing_ntk.solvers.conjugate_gradients import conjugate_gradients
from fixing_ntk.solvers.nonneg_qp import NonnegQP

RTOL = 0.02  # relative tolerance of conjugate gradients
ITERATIONS = 60  # maximum iterations of conjugate gradients
CURVATURE = 2.5  # curvature of F in the mask weights, over that of the sample's model


def joint_step(model, working_set, eta, weights, c, g, residual):
    """Return the weights and mask weights after a Newton step on F (`newton_cg`) over ``eta >= 0``.

    ``F(w, eta) = 1/2 ||y - A w||^2 + lam/2 sum_i (||w_i||^2 / eta_i + eta_i)``, with ``A w = sum_i
    D_i X w_i``. The model of the sampled rows chooses the masks that get a weight, and predicts the
    step. Conjugate gradients correct the prediction to the model of all rows, up to the tolerance
    `RTOL`. A mask weight that becomes negative is set to zero, and so are the weights of its mask.

    Parameters
    ----------
    model : SubsampledModel
        Model of the sampled rows at ``eta``. The call changes it: do not use it again.
    working_set : UnpackedDesign
        The k masks of the step, on all n rows.
    eta : ndarray (k,)
        Mask weights; 0 for masks that may enter.
    weights : ndarray (d, k)
        The weights w.
    c : ndarray (d, k)
        Ratios ``w_i / eta_i``; ``g_i / lam`` where ``eta_i`` is 0.
    g : ndarray (d, k)
        ``g_i = X^T D_i (y - A w)``.
    residual : ndarray (n,)
        ``y - A w``.

    Returns
    -------
    weights : ndarray (d, k)
    eta : ndarray (k,)
        Zero for all masks if the sample's model drops all of them; so are the weights.
    n_iter : int
        Iterations of conjugate gradients.
    """
    t, v = _of_sample(model, working_set, eta, c, g)
    support, leaving = np.flatnonzero(eta + v), np.flatnonzero((eta + v == 0) & (eta > 0))
    if not len(support):  # no mask is worth its penalty, the model says
        return np.zeros_like(weights), np.zeros_like(eta), 0
    model.restrict(support)
    residual = residual.astype(model.dtype)
    if len(leaving):
        w = weights[:, leaving].astype(model.dtype)
        residual += UnpackedDesign(working_set.X, working_set.M[leaving]).forward(w)

    root = np.sqrt(eta[support])
    kept = UnpackedDesign(working_set.X, rows(working_set.M, support))
    form = _Form(kept, root, c[:, support], model)
    z = np.vstack([t, v])[:, support].astype(model.dtype)
    b = form.right_side(residual) - form(z)
    correction, _, n_iter = conjugate_gradients(form, model.joint, b, ITERATIONS, RTOL)
    z += correction
    t, v = z[:-1], z[-1].astype(float)

    new_weights, new_eta = np.zeros_like(weights), np.zeros_like(eta)
    new_eta[support] = np.maximum(eta[support] + v, 0.0)
    new_weights[:, support] = weights[:, support] + c[:, support] * v + root * t
    new_weights[:, new_eta == 0] = 0.0
    return new_weights, new_eta, n_iter


def rows(M, index):
    """Return ``M[index]`` for an increasing index; M itself, without a copy, if it has all rows."""
    return M if len(index) == len(M) else M[index]


def _of_sample(model, working_set, eta, c, g):
    """Return the step t (d, k), v (k,) that minimises the sample's model over ``eta + v >= 0``.

    Mask weights change by v, and weights by ``c_i v_i + sqrt(eta_i) t_i``. Elimination of t leaves
    a quadratic program in v. Its Hessian is `CURVATURE` times the sample's. Arguments are as for
    `joint_step`.
    """
    lam = float(model.lam)
    rho = (np.sqrt(eta) * (g - lam * c)).astype(model.dtype)
    gamma = np.einsum("dk,dk->k", c, g) - lam / 2 * (1.0 + group_norms(c) ** 2)
    H = CURVATURE * model.eta_hessian(working_set.M, eta, c)
    v = NonnegQP(H).minimise(model.forward_elimination(rho) - gamma, eta) - eta
    return model.ridge(rho) - model.back_substitution(v), v


class _Form:
    """The Hessian of the quadratic model of all rows, applied to z (d + 1, k): t stacked above v.

    ``working_set`` has the k masks to which the sample's model gives weight, also those that enter.
    ``root`` (k,) has their ``sqrt(eta_i)`` before the step, and ``c`` (d, k) is as in `joint_step`.
    ``model`` is the `SubsampledModel` of the step. It sets the dtype of products, and the damping
    on the diagonal of the block of v.
    """

    def __init__(self, working_set, root, c, model):
        self.working_set = working_set
        self.root, self.c = root.astype(model.dtype), c.astype(model.dtype)
        self.lam, self.damping = model.lam, model.dtype.type(model.damping)

    def __call__(self, z):
        t, v = z[:-1], z[-1]
        g = self.working_set.adjoint(self.working_set.forward(self.root * t + self.c * v))
        return self._stacked(self.root * g + self.lam * t, g, self.damping * v)

    def right_side(self, residual):
        """Return rho stacked above gamma (d + 1, k): minus the model's gradient at a zero step.

        ``residual`` (n,) is ``y - A w``, with w zero for the masks that leave the working set.
        """
        g = self.working_set.adjoint(residual) - self.lam * self.c
        gamma = self.lam / 2 * (group_norms(self.c) ** 2 - 1)
        return self._stacked(self.root * g, g, gamma)

    def _stacked(self, t, g, v):
        return np.vstack([t, np.einsum("dk,dk->k", self.c, g) + v])
