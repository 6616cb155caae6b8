"""The gated ReLU network as a group lasso, and as multiple kernel learning over its masks."""

import numpy as np
from sklearn.utils import check_random_state

from fixing_ntk.estimators.base import Classifier, Model, Regressor
from fixing_ntk.masks import MaskSet, predict
from fixing_ntk.programs import lambda_max, mu_from_lam
from fixing_ntk.solvers import solve_path

PARAMETERS = """

    Parameters
    ----------
    lam : float or "cv"
        Penalty over `lambda_max` of each output; "cv" chooses from a grid, along a warm path.
    n_gates : int
        Gates drawn from N(0, I), bias included.
    tol : float
        Relative duality gap to certify.
    cv : int or cross-validation generator
        Folds of ``lam="cv"``.
    random_state : int, RandomState or None
        Of the gates.

    Attributes
    ----------
    lam_ratio_ : float
        The penalty used, in the unit of ``lam``.
    gates_ : ndarray (d + 1, p)
        One for each distinct mask of the samples.
    eta_ : ndarray (k, p)
        Kernel weights of each output, on the simplex.
    ntk_weights_ : ndarray (p,)
        Share of the gates drawn that gave each mask.
    dual_gap_ : float
        Largest relative duality gap of the outputs.
    n_iter_ : int
        Most iterations of an output.
    """


class _Fit:
    def __init__(self, solution, masks, X, y, root):
        self.gap, self.n_iter, self.solution = solution.gap, solution.n_iter, solution
        self.masks, self.X, self.y, self.root = masks, X, y, root
        self.gates = masks.gates_at(solution.active)

    def predict(self, Z):
        return predict(self.gates, self.solution.active_weights, Z)


class _KernelFit(_Fit):
    """The same function as a kernel machine, ``sum_j K(eta)(z, x_j) dual_coef_j``."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        active, weights = self.solution.active, self.solution.active_weights
        self.eta = self.solution.eta[active]
        if not len(active):
            self.mu, self.coefficients = np.inf, np.zeros(len(self.y))
            return
        self.mu = mu_from_lam(self.solution.lam, weights)
        residual = self.root * (self.y - predict(self.gates, weights, self.X))
        self.coefficients = self.root * residual / self.mu

    def predict(self, Z):
        opened = ((Z @ self.gates >= 0) * self.eta) @ (self.X @ self.gates >= 0).T
        return ((Z @ self.X.T) * opened) @ self.coefficients


class GatedModel(Model):
    """Group lasso over the masks of random gates."""

    _fit_class = _Fit

    def __init__(self, lam=0.01, n_gates=1000, tol=1e-6, cv=5, random_state=None):
        self.lam = lam
        self.n_gates = n_gates
        self.tol = tol
        self.cv = cv
        self.random_state = random_state

    def _draw(self, X):
        if self.n_gates < 1:
            raise ValueError(f"n_gates must be positive, got {self.n_gates}")
        rng = check_random_state(self.random_state)
        self._gates = rng.standard_normal((X.shape[1], self.n_gates))

    def _paths(self, X, Y, weight, ratios):
        root, masks = np.sqrt(weight), MaskSet.from_gates(X, self._gates)
        return [self._path(X, y, root, masks, ratios) for y in Y.T]

    def _path(self, X, y, root, masks, ratios):
        X_root, y_root = root[:, None] * X, root * y
        unit = lambda_max(X_root, y_root, masks) or 1.0  # a target of zeros has lambda_max zero
        solutions = solve_path(X_root, y_root, masks, unit * np.asarray(ratios), self.tol)
        return [self._fit_class(solution, masks, X, y, root) for solution in solutions]

    def _keep(self, fits):
        self.gates_, self.ntk_weights_ = fits[0].masks.gates, fits[0].masks.ntk_weights
        self.eta_ = np.array([fit.solution.eta for fit in fits])


class GatedReLUModel(GatedModel):
    """Keeps the network's weights."""

    def _keep(self, fits):
        super()._keep(fits)
        self.coef_ = np.array([fit.solution.weights for fit in fits])


class MKLModel(GatedModel):
    """Keeps the kernel machine."""

    _fit_class = _KernelFit

    def _keep(self, fits):
        super()._keep(fits)
        self.X_fit_ = fits[0].X
        self.mu_ = np.array([fit.mu for fit in fits])
        self.dual_coef_ = np.column_stack([fit.coefficients for fit in fits])


NETWORK = """coef_ : ndarray (k, d + 1, p)
        Weights of each output, ``f(x) = sum_i 1(x^T g_i >= 0) x^T w_i``.
    """
KERNEL = """X_fit_ : ndarray (n, d + 1)
        Samples of positive weight, bias included.
    mu_ : ndarray (k,)
        MKL penalty of each output.
    dual_coef_ : ndarray (n, k)
        Predictions are ``K(eta)(z, X) dual_coef_``.
    """


class GatedReLUClassifier(Classifier, GatedReLUModel):
    __doc__ = f"Classification by a gated ReLU network, trained globally.{PARAMETERS}{NETWORK}"


class GatedReLURegressor(Regressor, GatedReLUModel):
    __doc__ = f"Regression by a gated ReLU network, trained globally.{PARAMETERS}{NETWORK}"


class MKLClassifier(Classifier, MKLModel):
    __doc__ = f"Classification by the optimal kernel over masking kernels.{PARAMETERS}{KERNEL}"


class MKLRegressor(Regressor, MKLModel):
    __doc__ = f"Regression by the optimal kernel over masking kernels.{PARAMETERS}{KERNEL}"
