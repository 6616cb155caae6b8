"""Multiple kernel learning over masking kernels: the optimal kernel, or one nearer to the NTK."""

import itertools
from numbers import Integral, Real
from typing import ClassVar

import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions

from fixing_ntk.estimators.base import Classifier, Regressor, of_classifier
from fixing_ntk.estimators.between import BetweenFit, between_fits
from fixing_ntk.estimators.cross_validation import Candidate, each
from fixing_ntk.estimators.draws import AverageFit, one_draw_each
from fixing_ntk.estimators.masked import (
    ATTRIBUTES,
    PARAMETERS,
    MaskedModel,
    NetworkFit,
    solve_sample,
)
from fixing_ntk.estimators.ntk import NTKModel
from fixing_ntk.kernels import combined_kernel
from fixing_ntk.programs.lp_mkl import EXPONENTS
from fixing_ntk.solvers import kernel_machine, warn_not_converged

KERNEL = f"""{PARAMETERS}n_draws : int
        Number of independent draws of ``n_gates`` gates. Each draw is a model of its own, and "cv"
        chooses for each by itself, on the same folds. Predictions average the draws' outputs. With
        an integer ``random_state`` the first draw has the gates of ``n_draws=1``.
    solver : dict, optional
        Arguments ``method``, ``max_iter`` and others of the method, as `solve_path` has them, for
        the optimum at p = 1: say ``{{"method": "conic"}}``.
    p : float or "cv"
        From 1 to inf: how far the kernel weights may move from those of the NTK, as
        `solve_mkl` has it. 1 is the optimal kernel. At inf the weights stay. "cv" chooses among
        `programs.lp_mkl.EXPONENTS` with ``lam``, on the same folds. Above 1 every drawn gate stays,
        and ``lam`` is over the largest eigenvalue of the kernel with the NTK's weights, with the
        grid of the NTK.
    ntk : bool
        Whether the NTK in closed form is one more kernel, with half of the prior, for p above 1.
    {ATTRIBUTES}p_ : float
        The p used. ``cv_results_`` has the p of each candidate.
    ntk_eta_ : ndarray (k,)
        Kernel weight of the NTK in each output, for p above 1.
    X_fit_ : ndarray (n, d + 1)
        Samples of positive weight, bias included.
    mu_ : ndarray (k,)
        MKL penalty of each output.
    dual_coef_ : ndarray (n, k)
        Coefficients of kernel regression with ``K(eta)`` and ``mu_``: predictions are
        ``K(eta)(z, X) dual_coef_``, evaluated as ``sum_i 1(z^T g_i >= 0) z^T v_i`` with
        ``v_i = eta_i X^T D_i dual_coef_``. ``dual_gap_`` is of v.
    estimators_ : list of the same class
        With several draws: the fitted model of each, with all attributes above.

    Notes
    -----
    The average of several draws is a gated network on the union of their masks. Then ``gates_``,
    ``eta_`` and ``ntk_weights_`` are of the union, ``eta_`` in proportion to the norms of the
    averaged weights; ``lam_ratio_`` and ``p_`` are lists over draws; ``dual_gap_`` and ``n_iter_``
    are the largest of a draw; and ``mu_``, ``dual_coef_`` and ``cv_results_`` are with each draw
    alone, in ``estimators_``.

    The average solves no program. Each draw is optimal for its own masks, to ``dual_gap_``. As a
    point of the group lasso over the union of the masks, the average has two attributes more:
    ``average_lam_`` (k,), the mean of the draws' penalties, and ``average_gap_``, the largest
    relative duality gap of the outputs at that penalty. It says how far the average is at most
    above the optimum over all masks together, and does not shrink with ``tol``.
    """


class KernelFit(NetworkFit):
    """Fit of one output by the kernel machine of a group lasso solution, see `kernel_machine`.

    The kernel machine minimises the same loss with the optimal kernel ``K(eta)`` at penalty ``mu``,
    with ``eta`` the solution's kernel weights and ``mu`` from `mu_from_lam` of its weights.
    ``weights``, ``gap`` and ``intercept`` are of the kernel machine, not of the group lasso's
    solution. A gap above the solution's tol gives a warning. ``coefficients`` (n,) are of
    regression with `kernel` on ``X``, the samples without their weights. If all weights of the
    solution are zero, ``coefficients`` are zero and ``mu`` is infinite.
    """

    def __init__(self, solution, sample):
        super().__init__(solution, sample)
        self.X, self.mu, self.coefficients = sample.X, np.inf, np.zeros(len(sample.root))
        self.root, self.loss, self.lam = sample.root, solution.loss, solution.lam
        if not solution.active_weights.any():
            return
        machine = kernel_machine(sample.problem.design, solution)
        self.mu, self.coefficients = machine.mu, sample.root * machine.coefficients
        self.weights, self.gap = machine.weights, machine.certificate.gap
        self.intercept = machine.intercept
        if self.gap > solution.tol:
            what = f"the kernel machine (lam={solution.lam:.6g}) ended"
            mend = "standardise the features, or raise lam or tol"
            warn_not_converged(what, self.gap, solution.tol, stacklevel=3, mend=mend)

    def kernel(self, Z, Z_other):
        return combined_kernel(self.gates, self.eta[self.index], Z, Z_other)


class MKLModel(MaskedModel):
    """Base class of MKL: the optimal kernel, or a kernel between the NTK and the optimal one."""

    CHOSEN = Candidate._fields
    FITTED = (
        *MaskedModel.FITTED,
        *("mu_", "dual_coef_", "estimators_", "average_lam_", "average_gap_", "ntk_eta_"),
    )

    _parameter_constraints: ClassVar[dict] = {
        **MaskedModel._parameter_constraints,
        "solver": [dict, None],
        "n_draws": [Interval(Integral, 1, None, closed="left")],
        "p": [Interval(Real, 1, None, closed="both"), StrOptions({"cv"})],
        "ntk": ["boolean"],
    }

    def __init__(
        self,
        lam=0.01,
        n_gates=1000,
        tol=1e-6,
        cv=5,
        random_state=None,
        lams=None,
        solver=None,
        n_draws=1,
        p=1.0,
        ntk=False,
        fit_intercept=False,
        n_jobs=None,
    ):
        self.lam = lam
        self.n_gates = n_gates
        self.tol = tol
        self.cv = cv
        self.random_state = random_state
        self.lams = lams
        self.solver = solver
        self.n_draws = n_draws
        self.p = p
        self.ntk = ntk
        self.fit_intercept = fit_intercept
        self.n_jobs = n_jobs

    def kernel(self, X, Z=None, output=0):
        """Return the learned kernel, ``sum_i eta_i 1(x^T g_i >= 0) 1(z^T g_i >= 0) x^T z``.

        ``g_i`` are the gates, and ``eta_i`` the output's kernel weights. A bias column is appended
        to the points. Where the NTK is one of the kernels, the NTK times its weight is added. With
        a single output, the outputs at new points are ``kernel(X_new, X) @ dual_coef_ +
        intercept_``, with X the samples of positive weight. Of several outputs each has its own
        kernel and column of ``dual_coef_``. `SVC` and other models take the kernel as
        "precomputed".

        Parameters
        ----------
        X : array (m, d)
        Z : array (l, d), optional
            Other points; X by default.
        output : int
            Number of the output whose kernel is returned.

        Returns
        -------
        ndarray (m, l)

        Raises
        ------
        ValueError
            With several draws of the gates: each draw has a kernel, but their average has none.
            Also if there is no output of this number, or points are not as above.
        sklearn.exceptions.NotFittedError
        """
        fit = self._fit_of(output)
        if self.n_draws > 1:
            raise ValueError("the average of n_draws has no kernel: take that of estimators_[k]")
        X, Z = self._points(X, Z)
        return fit.kernel(X, Z)

    def _candidates(self):
        """Return the candidates by decreasing p, then by decreasing penalty.

        Errors are those of `_check_exponent` and of the base class.
        """
        self._check_exponent()
        exponents = EXPONENTS if self.p == "cv" else [float(self.p)]
        return list(itertools.chain(*map(self._at_exponent, sorted(exponents, reverse=True))))

    def _check_exponent(self):
        """Raise ValueError for a parameter that ``p`` does not allow, or ``tol`` in ``solver``.

        At p = 1 that is ``ntk`` true. At any other p, "cv" included, that is ``n_draws`` above 1 or
        a ``solver``.
        """
        if self.p == 1 and self.ntk:
            raise ValueError("ntk=True needs p above 1, say p=4/3, or p='cv'")
        for name, plain in (("n_draws", 1), ("solver", None)):
            if self.p != 1 and getattr(self, name) != plain:
                raise ValueError(f"{name}={getattr(self, name)!r} needs p=1; p is {self.p!r}")
        if "tol" in (self.solver or {}):
            raise ValueError("solver: 'tol' is an argument of the estimator itself")

    def _at_exponent(self, p):
        """Return the candidates of one p; above 1 the default grid is the NTK's.

        They are by decreasing penalty, and a number ``lam`` is the only one. At p = 1 there are
        none if the NTK is one of the kernels, which needs p above 1.
        """
        if p == 1.0:
            return [] if self.ntk else super()._candidates()
        grid = list(NTKModel.GRID) if self.lams is None else self.lams
        alike = NTKModel(self.lam, lams=grid)._candidates()
        return [candidate._replace(p=p) for candidate in alike]

    def _draw_gates(self, X):
        if self.n_draws == 1:
            super()._draw_gates(X)
            return
        self._draws = one_draw_each(self)
        for model in self._draws:
            model._draw_gates(X)

    def _fit_chosen(self, X, Y, weight, pairs, candidates):
        """Do as the base class; of several draws each chooses its own candidate."""
        if self.n_draws == 1:
            super()._fit_chosen(X, Y, weight, pairs, candidates)
            return
        given = X, Y, weight, pairs, candidates
        draws = [(model, *given) for model in self.__dict__.pop("_draws")]
        self._set_draws(each(_fitted, draws, self.n_jobs))

    def _fit_paths(self, X, Y, weight, candidates, choosing=False):
        """Do as the base class, for p = 1 by the group lasso and above 1 by `between_fits`.

        A fit is a `KernelFit` at p = 1 and a `BetweenFit` above. With ``choosing`` it is a
        `NetworkFit` at p = 1, which predicts the same and takes less time.
        """
        optimal = [c for c in candidates if c.p == 1.0]
        between = [c for c in candidates if c.p > 1.0]
        paths: list[dict] = [{} for _ in Y.T]
        if optimal:
            fitted = super()._fit_paths(X, Y, weight, optimal, choosing)
            for of_output, fits in zip(paths, fitted, strict=True):
                of_output.update(zip(optimal, fits, strict=True))
        if between:
            sample = self._sample(X, Y, weight, merged=False)
            fitted = between_fits(sample, between, self.ntk, self.tol)
            for of_output, fits in zip(paths, fitted, strict=True):
                of_output.update(fits)
        return [[of_output[c] for c in candidates] for of_output in paths]

    def _fit_sample(self, sample, candidates, choosing):
        ratios = [candidate.lam_ratio for candidate in candidates]
        paths = solve_sample(sample, ratios, self.tol, choosing, **(self.solver or {}))
        if choosing:  # the network suffices, since it predicts as its kernel machine does
            return [[NetworkFit(solution, sample) for solution in path] for path in paths]
        return [[KernelFit(solution, sample) for solution in path] for path in paths]

    def _set_fits(self, fits):
        super()._set_fits(fits)
        self.X_fit_ = fits[0].X
        if isinstance(fits[0], BetweenFit):
            self.ntk_eta_ = np.array([fit.ntk_eta for fit in fits])
        if self.n_draws == 1:
            self.mu_ = np.array([fit.mu for fit in fits])
            self.dual_coef_ = np.column_stack([fit.coefficients for fit in fits])
        else:
            self.average_lam_ = np.array([fit.lam for fit in fits])
            self.average_gap_ = max(fit.average_gap for fit in fits)

    def _set_draws(self, models):
        """Keep the models, each fitted on its own draw of gates, and set the fitted attributes.

        ``lam_ratio_`` and ``p_`` become lists over draws; the fit of an output is an `AverageFit`.
        """
        self.estimators_ = models
        for name in self.CHOSEN:
            setattr(self, f"{name}_", [getattr(model, f"{name}_") for model in models])
        of_outputs = zip(*(model._fits for model in models), strict=True)
        self._set_fits([AverageFit(list(fits)) for fits in of_outputs])


def _fitted(model, *given):
    """Call `_fit_chosen` of a model of one draw with the arguments ``given``; return the model.

    It is returned because another process fits a copy.
    """
    model._fit_chosen(*given)
    return model


class MKLClassifier(Classifier, MKLModel):
    __doc__ = f"Classification by the optimal kernel over masking kernels.{of_classifier(KERNEL)}"

    _parameter_constraints: ClassVar[dict] = {
        **MKLModel._parameter_constraints,
        **Classifier.CONSTRAINTS,
    }

    def __init__(
        self,
        lam=0.01,
        n_gates=1000,
        tol=1e-6,
        cv=5,
        random_state=None,
        lams=None,
        solver=None,
        n_draws=1,
        p=1.0,
        ntk=False,
        fit_intercept=False,
        loss="squared_error",
        class_weight=None,
        n_jobs=None,
    ):
        given = lam, n_gates, tol, cv, random_state, lams, solver, n_draws, p, ntk, fit_intercept
        super().__init__(*given, n_jobs)
        self.loss = loss
        self.class_weight = class_weight


class MKLRegressor(Regressor, MKLModel):
    __doc__ = f"Regression by the optimal kernel over masking kernels.{KERNEL}"
