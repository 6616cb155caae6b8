"""The results of solvers, `Fit`, `Solution` and `MKLSolution`, and `Start`, a warm start."""

from dataclasses import dataclass, replace

import numpy as np

from fixing_ntk.programs.losses import Loss
from fixing_ntk.programs.objective import Certificate


@dataclass(frozen=True, eq=False)
class Fit:
    """A solver's answer: ``weights`` (d, k) of the masks in ``index`` (k,), all others zero.

    In the ReLU program ``index`` is (2, k). Row 0 is the sign of each weight, 0 if it adds to the
    prediction and 1 if it is subtracted. Row 1 is its mask. ``certificate`` is of these weights.
    ``n_iter`` counts the solver's own iterations. ``history`` is a list of (objective, gap).
    ``name`` is the solver with its backend. ``mend`` is what a warning advises if the gap was not
    reached.
    """

    weights: np.ndarray
    index: np.ndarray
    certificate: Certificate
    n_iter: int
    history: list
    name: str
    mend: str = "raise max_iter or tol"

    def or_zero(self, zero):
        """Return this fit, or zero weights if their objective is lower.

        Zero weights then get the larger of the two fits' dual values as their lower bound.

        Parameters
        ----------
        zero : Certificate
            Certificate of zero weights. Its objective is the loss at zero outputs.
        """
        found = self.certificate
        if found.objective <= zero.objective:
            return self
        best = found if found.dual_objective > zero.dual_objective else zero
        gap = (zero.objective - best.dual_objective) / zero.objective
        best = best._replace(objective=zero.objective, gap=gap)
        return replace(
            self, weights=self.weights[:, :0], index=self.index[..., :0], certificate=best
        )

    @classmethod
    def of_dense(cls, weights, *rest):
        """Return a fit from the weights (d, p) of all masks; only nonzero columns are stored.

        ``rest`` are the fields of `Fit` after ``index``, in their order.
        """
        index = np.flatnonzero(np.any(weights, axis=0))
        return cls(weights[:, index], index, *rest)


@dataclass(frozen=True, eq=False)
class Start:
    """A point of the group lasso at the penalty ``lam``, from which a solver may start.

    ``active_weights`` (d, k) are the weights of the masks in ``active`` (k,). All other weights are
    zero. ``eta`` (p,) are the kernel weights of all masks on the simplex, ``||w_i|| / sum_j
    ||w_j||``.
    """

    active: np.ndarray
    active_weights: np.ndarray
    eta: np.ndarray
    lam: float

    @property
    def weights(self):
        """Weights of all masks, (d, p), made at each access."""
        dense = np.zeros((len(self.active_weights), len(self.eta)))
        dense[:, self.active] = self.active_weights
        return dense

    @property
    def n_active(self):
        """Number of masks with nonzero weight."""
        return len(self.active)


@dataclass(frozen=True, eq=False)
class Solution(Start):
    """A point of the gated ReLU program and the certificate of how far it is from optimal.

    With the squared loss and sample weights, ``dual_point`` and ``y`` belong to X and y with rows
    times the roots of the weights.

    Attributes
    ----------
    active : ndarray of int (k,)
        Masks with nonzero weight.
    active_weights : ndarray (d, k)
        Group lasso weights ``w_i`` of these masks, one column a mask. Only these are stored.
    weights : ndarray (d, p)
        Weights of all masks, made at each access.
    eta : ndarray (p,)
        Kernel weights on the simplex, ``||w_i|| / sum_j ||w_j||``. At zero weights, 1 for the mask
        with the largest ``||X^T D_i a||``, a the residual at zero weights (y for the squared loss):
        their limit as lam rises to `lambda_max`.
    objective, dual_objective, gap : float
        ``P``, ``D`` and ``(P - D) / L(0)`` as `objective.certify` gives them. ``L(0)`` is the loss
        of zero weights: ``1/2 ||y||^2`` for the squared loss without an intercept.
    dual_point : ndarray (n,)
        Feasible for the dual; proves ``dual_objective``.
    lam, tol : float
        Penalty, and the gap that was asked for.
    method : str
        Solver, with its backend where it has several: ``"conic[clarabel]"``.
    status : str
        "optimal" only when ``gap <= tol`` was certified; else "not_converged".
    n_iter : int
    history : list of (objective, gap)
        One pair for each iteration at which the solver knew both.
    loss : Loss
        Loss of the target that was fitted.
    intercept : float
        Zero without ``fit_intercept``. Outputs are ``masks.predict(weights, X) + intercept``.
    """

    objective: float
    dual_objective: float
    gap: float
    dual_point: np.ndarray
    tol: float
    method: str
    status: str
    n_iter: int
    history: list
    loss: Loss
    intercept: float = 0.0

    @property
    def y(self):
        """Target that was fitted, (n,); for the squared loss, times the roots of sample weights."""
        return self.loss.y


@dataclass(frozen=True, eq=False)
class MKLSolution:
    """A solution of Lp-norm MKL, between NTK ridge regression and optimal MKL, and its certificate.

    With the squared loss and sample weights, the arrays (n,) belong to X and y with rows times the
    roots of the weights.

    Attributes
    ----------
    weights : ndarray (d, p)
        Weights of the gated network, one column for each of the p masks. At the optimum they are
        ``w_i = eta_i X^T D_i a / mu``, with a the dual point.
    eta : ndarray (p,)
        Kernel weights of the masks.
    fitted : ndarray (n,)
        Output at the samples: the masks' part and the NTK's part, without the intercept.
    ntk_coefficients : ndarray (n,)
        Dual coefficients of the NTK, at the optimum ``ntk_eta a / mu``. The NTK's part of a
        prediction at z is ``H(z, X)`` times these, with H the closed-form NTK. Zero without
        ``ntk=True``.
    ntk_eta : float
        Kernel weight of the NTK. Zero without ``ntk=True``.
    objective, dual_objective, gap : float
        ``P`` and ``D`` of `programs.lp_mkl`, for the loss that was fitted, and ``(P - D) / L(0)``,
        with L(0) the loss at zero outputs.
    dual_point : ndarray (n,)
        The vector a at which the dual objective is ``dual_objective``.
    mu, p, tol : float
        Penalty, exponent of the Lp ball of kernel weights, and the gap that was asked for.
    status : str
        "optimal" only when ``gap <= tol`` was certified; else "not_converged".
    n_iter : int
        At p = 1, group lasso solves. At p > 1, Newton steps for the squared loss, programs with the
        squared loss for another loss, and the backend's iterations for method "conic".
    history : list of (objective, gap)
        At p = 1, and for method "conic", only the final pair.
    intercept : float
        Zero without ``fit_intercept``. It is added to all outputs.
    """

    weights: np.ndarray
    eta: np.ndarray
    fitted: np.ndarray
    ntk_coefficients: np.ndarray
    ntk_eta: float
    objective: float
    dual_objective: float
    gap: float
    dual_point: np.ndarray
    mu: float
    p: float
    tol: float
    status: str
    n_iter: int
    history: list
    intercept: float = 0.0
