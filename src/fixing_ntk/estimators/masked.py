"""Base classes of the models over masks of random gates: gates, sample weights and the design."""

from numbers import Integral, Real
from typing import ClassVar, NamedTuple

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval

from fixing_ntk.estimators.base import Model
from fixing_ntk.masks import MaskSet, predict
from fixing_ntk.masks.samples import entries, scale_rows
from fixing_ntk.programs import Intercept, MaskedDesign, Problem, Squared
from fixing_ntk.solvers.interface import solve_paths

# Of 1e-2, 1e-3 and 1e-4 the loosest at which every UCI set had the choice of 1e-6, with its labels
# as classes and as targets. The logistic loss had it at 1e-4, too.
CHOICE_TOL = 1e-4
PARAMETERS = """

    Parameters
    ----------
    lam : float or "cv"
        Penalty over `lambda_max` of each output, or over ``||X|| ||y||`` where that is zero; "cv"
        chooses among ``lams``.
    n_gates : int
        Number of gates, drawn from N(0, I) with a coordinate for the bias.
    tol : float
        Relative duality gap that the fit must reach. In the folds of ``lam="cv"``, fits of gated
        networks and of MKL at p = 1 end at `masked.CHOICE_TOL`, if it is larger.
    cv : int, cross-validation generator or iterable of (train, test)
        Folds of ``lam="cv"``. A number of folds splits the samples of positive weight, shuffled the
        same way in every fit. Indices that are given count all samples.
    random_state : int, RandomState or None
        Seed of the gates.
    lams : sequence of float, optional
        Penalties of ``lam="cv"``, in its unit; by default ``GRID``. Ties go to the larger.
    fit_intercept : bool
        Whether each output has an intercept that is not penalised, beside the weights of the bias.
    n_jobs : int, optional
        Processes that share the folds of ``lam="cv"``, several draws of the gates, and the outputs
        of ReLU networks; -1 means one for each core. Results are the same for any number, up to
        rounding. Outputs of other models share their work in one process.
    """
ATTRIBUTES = """
    Attributes
    ----------
    lam_ratio_ : float
        The penalty used, in the unit of ``lam``.
    intercept_ : ndarray (k,), or float
        Added to the outputs: what was fitted, and of a regressor's target the weighted mean.
    cv_results_ : dict of ndarray
        With ``lam="cv"``, arrays over candidates. ``lam_ratio`` is the penalty.
        ``split{k}_test_score`` is the score in fold k: the accuracy, or minus the mean squared
        error or logistic loss. ``mean_test_score`` is the same over the held-out samples of all
        folds.
    gates_ : ndarray (d + 1, p)
        One gate for each distinct mask of the samples.
    eta_ : ndarray (k, p)
        Kernel weights of each output, on the simplex.
    ntk_weights_ : ndarray (p,)
        Share of the gates drawn that gave each mask.
    dual_gap_ : float
        Largest relative duality gap of the outputs, of the function that predicts.
    n_iter_ : int
        Largest number of iterations over the outputs.
    """


class Sample(NamedTuple):
    """Data of a fit: rows ``X`` (n, d), bias included, and the `Problem` of the scaled rows.

    ``problem`` has the rows and targets times ``root`` (n,). For the squared loss ``root`` is the
    square root of the sample weights. The logistic loss holds the weights itself, and then ``root``
    is one.
    """

    X: np.ndarray
    root: np.ndarray
    problem: Problem

    @property
    def weighted_design(self):
        """Return the design of the rows times the roots of their sample weights, for any loss.

        The largest eigenvalue of its `ntk_kernel` is the unit of the penalty for p above 1.
        """
        design, loss = self.problem.design, self.problem.losses[0]
        if loss.name == Squared.name:
            return design
        loss = loss.loss if isinstance(loss, Intercept) else loss
        return MaskedDesign(scale_rows(np.sqrt(loss.weight), design.X), design.masks)

    @property
    def penalty_units(self):
        """Return the unit of the penalty of each output, (k,): `lambda_max`.

        Where `lambda_max` is zero it is ``||X|| ||y||``, or 1 if this is zero, too. X and y are the
        rows and targets of ``problem``, and ``||X||`` is the Frobenius norm.
        """
        X, targets, tops = self.problem.design.X, self.problem.targets, self.problem.lambda_max
        bounds = np.linalg.norm(entries(X)) * np.linalg.norm(targets, axis=1)
        return np.where(tops > 0, tops, np.where(bounds > 0, bounds, 1.0))


class NetworkFit:
    """Fit of one output by a gated network: the active masks of a group lasso `Solution`.

    ``gates`` and ``weights`` (d, k) are of the k active masks, with the positions ``index`` (k,) in
    ``masks``. ``eta`` (p,) are the kernel weights of all masks. ``X`` (n, d) are the rows of the
    problem that was solved: for the squared loss, times the roots of sample weights. `predict`
    leaves ``intercept`` out.
    """

    def __init__(self, solution, sample):
        self.gap, self.n_iter, self.solution = solution.gap, solution.n_iter, solution
        self.X, self.masks = sample.problem.design.X, sample.problem.design.masks
        self.gates = self.masks.gates_at(solution.active)
        self.weights, self.eta = solution.active_weights, solution.eta
        self.index, self.intercept = solution.active, solution.intercept

    def predict(self, Z):
        return predict(self.gates, self.weights, Z)


class MaskedModel(Model):
    """Base class of models over the masks of random gates; a subclass has `_fit_sample`."""

    GRID = (0.9, 0.7, 0.5, 0.3, 0.2, 0.1, 0.05, 0.03, 0.02, 0.01, 5e-3, 2e-3, 1e-3, 5e-4)

    _parameter_constraints: ClassVar[dict] = {
        **Model._parameter_constraints,
        "n_gates": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="neither")],
        "random_state": ["random_state"],
    }

    def _draw_gates(self, X):
        rng = check_random_state(self.random_state)
        self._gates = rng.standard_normal((X.shape[1], self.n_gates))

    def _fit_paths(self, X, Y, weight, candidates, choosing=False):
        return self._fit_sample(self._sample(X, Y, weight), candidates, choosing)

    def _sample(self, X, Y, weight, merged=True):
        """Return the `Sample` of rows, targets (n, k) and weights (n,), on the drawn gates' masks.

        Gates with the same mask are merged, unless ``merged`` is False. Gates whose mask is all
        zero are dropped; ValueError is raised if all are.
        """
        losses, root = self._losses(Y, weight)
        masks = MaskSet.from_gates(X, self._gates, merged)
        column = root if self.fit_intercept else None
        design = MaskedDesign(scale_rows(root, X), masks, column)
        return Sample(X, root, Problem(design, np.array([loss.y for loss in losses]), losses))

    def _fit_sample(self, sample, candidates, choosing):
        """Return the fits of a `Sample`, as `_fit_paths` does for rows and targets."""
        raise NotImplementedError

    def _set_fits(self, fits):
        super()._set_fits(fits)
        self.gates_, self.ntk_weights_ = fits[0].masks.gates, fits[0].masks.ntk_weights
        self.eta_ = np.array([fit.eta for fit in fits])


def solve_sample(sample, ratios, tol, choosing, **solver):
    """Solve the group lasso of each output at ratios of `Sample.penalty_units`.

    Returns for each output a list of `Solution`, in the order of the ratios. ``tol`` is the
    relative gap to certify, or `CHOICE_TOL` if that is larger and ``choosing`` says that the
    solutions only choose a penalty. ``**solver`` has other arguments of `solve_paths`, such as
    ``method``.
    """
    tol = max(tol, CHOICE_TOL) if choosing else tol
    return solve_paths(sample.problem, np.outer(sample.penalty_units, ratios), tol, **solver)
