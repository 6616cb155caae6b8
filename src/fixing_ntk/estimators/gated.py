"""The gated ReLU network as a group lasso, and as multiple kernel learning over its masks."""

from numbers import Integral, Real
from typing import ClassVar

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from fixing_ntk.estimators.base import Classifier, Model, Regressor
from fixing_ntk.estimators.reweighted import REWEIGHTINGS, STOPS_EVERY, Candidate, stopped_fits
from fixing_ntk.masks import MaskSet, predict
from fixing_ntk.programs import MaskedDesign, lambda_max
from fixing_ntk.solvers import kernel_machine, solve_path, warn_not_converged

TOL_TO_CHOOSE = 1e-4  # of fits in cross-validation, whose scores differ by far more
PARAMETERS = """

    Parameters
    ----------
    lam : float or "cv"
        Penalty over `lambda_max` of each output, or over ``||X|| ||y||`` where that is zero; "cv"
        chooses from a grid, along a warm path.
    n_gates : int
        Gates drawn from N(0, I), bias included.
    tol : float
        Relative duality gap to certify; fits to choose by end at 1e-4.
    cv : int, cross-validation generator or iterable of (train, test)
        Folds of ``lam="cv"``: of the samples of positive weight, but indices count all.
    random_state : int, RandomState or None
        Of the gates.
    """
STOPPED = """n_reweightings : int, "cv" or None
        None learns the optimal kernel weights. A number stops iteratively reweighted least squares
        that early on its way to them (`solvers.early_stopping`), 0 being the NTK of the drawn
        gates; "cv" chooses among `reweighted.REWEIGHTINGS` with ``lam``, on the same folds; stops
        are made at every third penalty of the grid.
    """
ATTRIBUTES = """
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
        Largest relative duality gap of the outputs, of the function that predicts.
    n_iter_ : int
        Most iterations of an output.
    """


class _Fit:
    def __init__(self, solution, design):
        self.gap, self.n_iter, self.solution = solution.gap, solution.n_iter, solution
        self.X, self.masks = design.X, design.masks
        self.gates = self.masks.gates_at(solution.active)
        self.weights, self.eta = solution.active_weights, solution.eta

    def predict(self, Z):
        return predict(self.gates, self.weights, Z)


class _KernelFit(_Fit):
    """Predicts by the weights of the kernel machine, and has their gap, not the solution's."""

    def __init__(self, solution, design, X, y, root):
        super().__init__(solution, design)
        self.X, self.mu, self.coefficients = X, np.inf, np.zeros(len(y))
        self.mkl_gap = self.gap
        if not solution.active_weights.any():
            return
        machine = kernel_machine(design, y, solution)
        self.mu, self.coefficients = machine.mu, root * machine.coefficients
        self.weights, self.gap = machine.weights, machine.certificate.gap
        self.mkl_gap = self.gap
        if self.gap > solution.tol:
            what = f"the kernel machine (lam={solution.lam:.6g}) ended"
            warn_not_converged(what, self.gap, solution.tol, stacklevel=3, mend="raise lam or tol")


class GatedModel(Model):
    """Group lasso over the masks of random gates."""

    _parameter_constraints: ClassVar[dict] = {
        **Model._parameter_constraints,
        "n_gates": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="neither")],
        "random_state": ["random_state"],
    }

    def __init__(self, lam=0.01, n_gates=1000, tol=1e-6, cv=5, random_state=None):
        self.lam = lam
        self.n_gates = n_gates
        self.tol = tol
        self.cv = cv
        self.random_state = random_state

    def _draw(self, X):
        rng = check_random_state(self.random_state)
        self._gates = rng.standard_normal((X.shape[1], self.n_gates))

    def _paths(self, X, Y, weight, ratios, choosing=False):
        root, masks = np.sqrt(weight), MaskSet.from_gates(X, self._gates)
        return self._optima(X, Y, root, masks, ratios, choosing)

    def _optima(self, X, Y, root, masks, ratios, choosing):
        """For each output its fits at the optimum along a path; they share one design."""
        X_root, Y_root = root[:, None] * X, root[:, None] * Y
        lams = np.outer([penalty_unit(X_root, y, masks) for y in Y_root.T], ratios)
        paths = solve_path(X_root, Y_root, masks, lams, self._tol(choosing))
        design = MaskedDesign(X_root, masks)
        return [
            self._fits_of(path, design, X, y, root, choosing)
            for path, y in zip(paths, Y_root.T.copy(), strict=True)
        ]

    def _tol(self, choosing):
        return max(self.tol, TOL_TO_CHOOSE) if choosing else self.tol

    def _fits_of(self, solutions, design, X, y, root, choosing):
        return [_Fit(solution, design) for solution in solutions]

    def _keep(self, fits):
        self.gates_, self.ntk_weights_ = fits[0].masks.gates, fits[0].masks.ntk_weights
        self.eta_ = np.array([fit.eta for fit in fits])


def penalty_unit(X, y, masks):
    """`lambda_max`; its bound ``||X|| ||y||`` where y is orthogonal, so that zero is the fit."""
    return lambda_max(X, y, masks) or float(np.linalg.norm(X) * np.linalg.norm(y)) or 1.0


class GatedReLUModel(GatedModel):
    """Keeps the network's weights."""

    def to_relu(self):
        """ReLU network with the same training predictions, by `networks.to_relu`.

        Returns
        -------
        ConvexReLUClassifier or ConvexReLURegressor
            Fitted; its ``dual_gap_``, of the ReLU program, says how far from optimal the shortcut
            is.

        Raises
        ------
        sklearn.exceptions.NotFittedError
        ValueError
            If the cone of an active mask has no interior.
        """
        check_is_fitted(self)
        from fixing_ntk.estimators.relu import converted  # which stands on this module

        return converted(self)

    def _keep(self, fits):
        super()._keep(fits)
        self.coef_ = np.array([fit.solution.weights for fit in fits])


class MKLModel(GatedModel):
    """Kernel ridge regression with the optimal kernel, or one on the way to it, which it keeps."""

    _parameter_constraints: ClassVar[dict] = {
        **GatedModel._parameter_constraints,
        "n_reweightings": [Interval(Integral, 0, None, closed="left"), StrOptions({"cv"}), None],
    }

    def __init__(
        self, lam=0.01, n_gates=1000, tol=1e-6, cv=5, random_state=None, n_reweightings=None
    ):
        super().__init__(lam, n_gates, tol, cv, random_state)
        self.n_reweightings = n_reweightings

    def _candidates(self):
        counts = REWEIGHTINGS if self.n_reweightings == "cv" else [self.n_reweightings]
        return [
            Candidate(ratio, k)
            for i, ratio in enumerate(super()._candidates())
            for k in counts
            if k is None or i % STOPS_EVERY == 0
        ]

    def _choose(self, candidates, scores):
        optimal = [i for i, c in enumerate(candidates) if c.n_reweightings is None]
        if optimal:
            self.mkl_lam_ratio_ = float(candidates[max(optimal, key=scores.__getitem__)].ratio)
        return super()._choose(candidates, scores)

    def _take(self, candidate):
        super()._take(candidate.ratio)
        self.n_reweightings_ = candidate.n_reweightings

    def _optima(self, X, Y, root, masks, candidates, choosing):
        """Optima along the paths, and stops of one run of IRLS at each ratio."""
        optimal = [c for c in candidates if c.n_reweightings is None]
        stopped = [c for c in candidates if c.n_reweightings is not None]
        fits: list[dict] = [{} for _ in Y.T]
        if optimal:
            optima = super()._optima(X, Y, root, masks, [c.ratio for c in optimal], choosing)
            fits = [dict(zip(optimal, path, strict=True)) for path in optima]
        if stopped:
            design = MaskedDesign(root[:, None] * X, masks)
            for known, y in zip(fits, Y.T, strict=True):
                known |= self._stops(design, root * y, X, root, stopped, choosing)
        return [[known[candidate] for candidate in candidates] for known in fits]

    def _stops(self, design, y_root, X, root, candidates, choosing):
        unit = penalty_unit(design.X, y_root, design.masks)
        fits: dict = {}
        for ratio in {c.ratio for c in candidates}:
            counts = {c.n_reweightings for c in candidates if c.ratio == ratio}
            lam = ratio * unit
            stops = stopped_fits(design, X, y_root, root, lam, counts, refined=not choosing)
            fits |= {Candidate(ratio, k): fit for k, fit in stops.items()}
        return fits

    def _fits_of(self, solutions, design, X, y, root, choosing):
        if choosing:  # the network predicts as its kernel machine does
            return super()._fits_of(solutions, design, X, y, root, choosing)
        return [_KernelFit(solution, design, X, y, root) for solution in solutions]

    def _keep(self, fits):
        super()._keep(fits)
        self.X_fit_ = fits[0].X
        self.mkl_gap_ = max(fit.mkl_gap for fit in fits)
        self.mu_ = np.array([fit.mu for fit in fits])
        self.dual_coef_ = np.column_stack([fit.coefficients for fit in fits])


NETWORK = f"""{PARAMETERS}{ATTRIBUTES}coef_ : ndarray (k, d + 1, p)
        Weights of each output, ``f(x) = sum_i 1(x^T g_i >= 0) x^T w_i``.
    """
KERNEL = f"""{PARAMETERS}{STOPPED}{ATTRIBUTES}n_reweightings_ : int or None
        Those used; None is the optimum.
    mkl_lam_ratio_ : float
        Of ``lam="cv"``: the ratio that is best for the optimum alone, without stops.
    mkl_gap_ : float
        Largest relative duality gap of the outputs in the program over all kernel weights: by at
        most that, over half the squared norm of the targets, stopping early is above its optimum.
    X_fit_ : ndarray (n, d + 1)
        Samples of positive weight, bias included.
    mu_ : ndarray (k,)
        MKL penalty of each output.
    dual_coef_ : ndarray (n, k)
        Of kernel ridge regression with ``K(eta)`` and ``mu_``: predictions are
        ``K(eta)(z, X) dual_coef_``, evaluated as ``sum_i 1(z^T g_i >= 0) z^T v_i`` with
        ``v_i = eta_i X^T D_i dual_coef_``. ``dual_gap_`` is of v.
    """


class GatedReLUClassifier(Classifier, GatedReLUModel):
    __doc__ = f"Classification by a gated ReLU network, trained globally.{NETWORK}"


class GatedReLURegressor(Regressor, GatedReLUModel):
    __doc__ = f"Regression by a gated ReLU network, trained globally.{NETWORK}"


class MKLClassifier(Classifier, MKLModel):
    __doc__ = f"Classification by the optimal kernel over masking kernels.{KERNEL}"


class MKLRegressor(Regressor, MKLModel):
    __doc__ = f"Regression by the optimal kernel over masking kernels.{KERNEL}"
