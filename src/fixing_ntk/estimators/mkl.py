"""Multiple kernel learning over masking kernels, to the optimum or stopped early."""

from numbers import Integral
from typing import ClassVar

import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions

from fixing_ntk.estimators.base import Classifier, Regressor
from fixing_ntk.estimators.cross_validation import Candidate, by_preference
from fixing_ntk.estimators.early_stopping import (
    REWEIGHTINGS,
    STOPS_EVERY,
    stopped_fits,
)
from fixing_ntk.estimators.masked import (
    ATTRIBUTES,
    PARAMETERS,
    MaskedModel,
    NetworkFit,
    solve_sample,
)
from fixing_ntk.solvers import kernel_machine, warn_not_converged

KERNEL = f"""{PARAMETERS}n_reweightings : int, "cv" or None
        None learns the optimal kernel weights. A number stops iteratively reweighted least squares
        that early on its way to them (`solvers.early_stopping`), 0 being the NTK of the drawn
        gates; "cv" chooses among `early_stopping.REWEIGHTINGS` with ``lam``, on the same folds;
        stops are made at every third penalty.
    solver : dict, optional
        Who finds the optimum: arguments of `solve_path`, say ``{{"method": "conic"}}``.
    {ATTRIBUTES}n_reweightings_ : int or None
        Those used; None is the optimum. They are in ``cv_results_``, too.
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


class KernelFit(NetworkFit):
    """Predicts by the weights of the kernel machine, and has their gap, not the solution's."""

    def __init__(self, solution, sample, y):
        super().__init__(solution, sample)
        self.X, self.mu, self.coefficients = sample.X, np.inf, np.zeros(len(y))
        self.mkl_gap = self.gap
        if not solution.active_weights.any():
            return
        machine = kernel_machine(sample.problem.design, y, solution)
        self.mu, self.coefficients = machine.mu, sample.root * machine.coefficients
        self.weights, self.gap = machine.weights, machine.certificate.gap
        self.mkl_gap = self.gap
        if self.gap > solution.tol:
            what = f"the kernel machine (lam={solution.lam:.6g}) ended"
            warn_not_converged(what, self.gap, solution.tol, stacklevel=3, mend="raise lam or tol")


class MKLModel(MaskedModel):
    """Kernel ridge regression with the optimal kernel, or one on the way to it, which it keeps."""

    CHOSEN = Candidate._fields

    _parameter_constraints: ClassVar[dict] = {
        **MaskedModel._parameter_constraints,
        "n_reweightings": [Interval(Integral, 0, None, closed="left"), StrOptions({"cv"}), None],
        "solver": [dict, None],
    }

    def __init__(
        self,
        lam=0.01,
        n_gates=1000,
        tol=1e-6,
        cv=5,
        random_state=None,
        n_reweightings=None,
        lams=None,
        solver=None,
    ):
        self.lam = lam
        self.n_gates = n_gates
        self.tol = tol
        self.cv = cv
        self.random_state = random_state
        self.n_reweightings = n_reweightings
        self.lams = lams
        self.solver = solver

    def _candidates(self):
        optima, k = super()._candidates(), self.n_reweightings
        if k != "cv":
            return [c._replace(n_reweightings=k) for c in optima]
        stops = [c._replace(n_reweightings=k) for c in optima[::STOPS_EVERY] for k in REWEIGHTINGS]
        return sorted([*optima, *stops], key=by_preference)

    def _fit_sample(self, sample, candidates, choosing):
        """Optima along the paths, and stops of one run of IRLS at each ratio."""
        optima = [c for c in candidates if c.n_reweightings is None]
        stops = [c for c in candidates if c.n_reweightings is not None]
        fits: list[dict] = [{} for _ in sample.problem.targets]
        if optima:
            ratios = [c.lam_ratio for c in optima]
            paths = solve_sample(sample, ratios, self.tol, **(self.solver or {}))
            for of_output, path, y in zip(fits, paths, sample.problem.targets, strict=True):
                of_output |= {
                    # To choose, the network will do: it predicts as its kernel machine does.
                    c: NetworkFit(solution, sample) if choosing else KernelFit(solution, sample, y)
                    for c, solution in zip(optima, path, strict=True)
                }
        if stops:
            targets = zip(fits, sample.problem.targets, sample.penalty_units, strict=True)
            for of_output, y, unit in targets:
                of_output |= stopped_fits(sample, y, unit, stops, refined=not choosing)
        return [[of_output[c] for c in candidates] for of_output in fits]

    def _set_fits(self, fits):
        super()._set_fits(fits)
        self.X_fit_ = fits[0].X
        self.mkl_gap_ = max(fit.mkl_gap for fit in fits)
        self.mu_ = np.array([fit.mu for fit in fits])
        self.dual_coef_ = np.column_stack([fit.coefficients for fit in fits])


class MKLClassifier(Classifier, MKLModel):
    __doc__ = f"Classification by the optimal kernel over masking kernels.{KERNEL}"


class MKLRegressor(Regressor, MKLModel):
    __doc__ = f"Regression by the optimal kernel over masking kernels.{KERNEL}"
