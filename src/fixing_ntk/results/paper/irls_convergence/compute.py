"""Run IRLS on synthetic data, from the NTK's objective to the conic solver's optimum."""

from itertools import islice

import numpy as np

from fixing_ntk.kernels import ntk
from fixing_ntk.masks import EXACT_RANK, MaskSet
from fixing_ntk.programs import (
    MaskedDesign,
    group_norms,
    lambda_max,
    mkl_objective,
    mkl_primal,
    mu_from_lam,
)
from fixing_ntk.results.bounds import not_negative, shares, whole_numbers
from fixing_ntk.results.claim_kinds import FINDING, TOGETHER, claim_row
from fixing_ntk.results.student_teacher import student_teacher
from fixing_ntk.seeds import stream
from fixing_ntk.solvers import gl_iterates, mkl_iterates, solve


def irls_convergence(
    tol,
    seed,
    conic_backend,
    *,
    n=200,
    d=10,
    neurons=5,
    noise=0.1,
    n_gates=500,
    ratio=0.05,
    n_iter=500,
    exact_samples=(40, 25),
):
    """Run the group lasso form and the MKL form of IRLS, and compute the optima they converge to.

    Parameters
    ----------
    tol : float
        Relative gap of the optimum.
    seed : int
    conic_backend : str
        Backend of the conic solver, such as "clarabel".
    n : int
        Samples.
    d : int
        Features, the bias included.
    neurons : int
        Neurons of the teacher network.
    noise : float
        Standard deviation of the noise on the targets.
    ratio : float
        lambda / lambda_max.
    n_gates : int
        Gates drawn.
    n_iter : int
        IRLS iterations.
    exact_samples : sequence of int
        Numbers of samples of the problems of rank 2 and 3, where the rank counts the bias. On these
        problems iteration 0 is compared with the closed form of the NTK.

    Returns
    -------
    data : dict of ndarray
        Objectives and relative gaps at every iteration, (n_iter,): ``gl`` and ``gl_gap`` of the
        group lasso form, ``mkl`` and ``mkl_gap`` of the MKL form at the corresponding mu;
        ``optimum`` and ``optimum_gap`` of the group lasso by the conic solver named in ``solver``;
        ``mkl_optimum``, the MKL objective of the same weights; ``newton`` and ``newton_gap``,
        objectives and gaps of the default solver at its own iterations; ``half_norm``, which is 1/2
        ||y||^2; ``shape``, n, d and the number of masks; ``ratio``.
    rows : list of dict
        As `claim_kinds.claim_row` makes them.

    Raises
    ------
    ValueError
        If an argument is out of bounds, or ``exact_samples`` has more than two numbers.
    """
    whole_numbers(2, n=n, d=d, n_iter=n_iter)
    whole_numbers(1, neurons=neurons, n_gates=n_gates)
    whole_numbers(3, exact_samples=exact_samples)
    if len(exact_samples) > EXACT_RANK - 1:
        raise ValueError(
            f"exact_samples must be for rank 2 to {EXACT_RANK}, got {exact_samples!r}: there the "
            "measures of the cones are exact"
        )
    not_negative(noise=noise)
    shares(ratio=ratio)
    X, y = student_teacher(n, d, neurons, noise, stream(seed, "irls_convergence", "data"))
    masks = MaskSet.sample(X, n_gates, stream(seed, "irls_convergence", "gates"))
    lam = ratio * lambda_max(X, y, masks)
    optimum = solve(X, y, masks, lam, tol, method="conic", backend=conic_backend)
    newton = solve(X, y, masks, lam, tol, method="newton")
    mu, design = mu_from_lam(lam, optimum.weights), MaskedDesign(X, masks)
    residual = y - design.forward(optimum.weights)
    gl = list(islice(gl_iterates(design, y, lam), n_iter))
    mkl = list(islice(mkl_iterates(design, y, mu), n_iter))
    data = dict(
        gl=np.array([it.objective for it in gl]),
        gl_gap=np.array([it.gap for it in gl]),
        mkl=np.array([it.objective for it in mkl]),
        mkl_gap=np.array([it.gap for it in mkl]),
        optimum=optimum.objective,
        optimum_gap=optimum.gap,
        mkl_optimum=mkl_primal(residual, group_norms(optimum.weights), mu),
        solver=optimum.method,
        newton=np.array([objective for objective, _ in newton.history]),
        newton_gap=np.array([gap for _, gap in newton.history]),
        half_norm=0.5 * y @ y,
        shape=np.array([n, d, len(masks)]),
        ratio=ratio,
    )
    problems = [
        student_teacher(count, rank, neurons, noise, stream(seed, "irls_convergence", rank))
        for rank, count in enumerate(exact_samples, 2)
    ]
    rows = claims(data, mkl_objective(design.kernel(masks.ntk_shares), y, mu))
    return data, rows + starts_at_closed_form(problems, ratio)


def starts_at_closed_form(problems, ratio):
    """Return claim rows: iteration 0 of both forms is ridge regression with the closed-form NTK, H.

    ``problems`` is a list of (X, y) of rank at most 3, and ``ratio`` the penalty of both forms over
    lambda_max. With all cones and their exact measures as weights, K(eta) at the start of the group
    lasso form is H. The MKL form starts on the simplex, so its kernel is H / s, with s the total
    measure of the masks that open for some sample. Ridge regression with H / s at the penalty mu
    has the predictions and the objective of ridge regression with H at mu s. There are two rows,
    each with the worst of all problems: predictions of the group lasso form, and objectives of the
    MKL form.
    """
    predicted, objectives, shares_met = [], [], []
    for X, y in problems:
        masks, H = MaskSet.enumerate(X), ntk(X)
        design, lam = MaskedDesign(X, masks), ratio * lambda_max(X, y, masks)
        gl, mkl = next(gl_iterates(design, y, lam)), next(mkl_iterates(design, y, lam))
        fitted = H @ np.linalg.solve(H + lam * np.eye(len(y)), y)
        start = design.kernel(gl.eta) @ gl.beta
        predicted.append(np.linalg.norm(start - fitted) / np.linalg.norm(fitted))
        share = masks.ntk_weights.sum()
        objective = mkl_objective(H, y, lam * share)
        objectives.append(abs(mkl.objective - objective) / objective)
        shares_met.append(share)
    claim = "IRLS starts at the NTK: its first iterate is kernel ridge regression"
    where = f"{len(problems)} problems with all cones and their exact measures"
    return [
        claim_row(
            claim,
            TOGETHER,
            f"{where}: predictions of iteration 0 of the group lasso form against the closed form "
            "H at the same lambda, relative, largest",
            max(predicted),
            1e-10,
        ),
        claim_row(
            claim,
            TOGETHER,
            f"{where}: objective of iteration 0 of the MKL form at mu against H at mu times the "
            f"measure of the masks that open a sample ({min(shares_met):.2f} to "
            f"{max(shares_met):.2f}), relative, largest",
            max(objectives),
            1e-10,
        ),
    ]


def claims(data, ntk_objective):
    """Return claim rows: IRLS starts at the NTK, descends, and ends at the conic solver's optimum.

    ``data`` is the dict of `irls_convergence`. ``ntk_objective`` is the MKL objective J at the NTK
    weights after division by their sum; it is compared with iteration 0 of the MKL form. Each form
    has two more rows. One has the largest change of the objective in an iteration, with its sign:
    it is negative if every iteration descends. The other has the absolute distance to the optimum
    after the last iteration, over the optimum.
    """
    half, gap = data["half_norm"], data["optimum_gap"]
    rows = [
        claim_row(
            "IRLS starts at the NTK: its first iterate is kernel ridge regression",
            TOGETHER,
            "MKL objective of iteration 0 against J at the NTK weights, relative",
            abs(data["mkl"][0] - ntk_objective) / ntk_objective,
            1e-12,
        )
    ]
    for form, optimum in (("gl", data["optimum"]), ("mkl", data["mkl_optimum"])):
        values, name = data[form], {"gl": "group lasso", "mkl": "MKL"}[form]
        above = values / optimum - 1.0
        rows += [
            claim_row(
                "IRLS descends from the NTK's objective",
                TOGETHER,
                f"{name} form: largest change in an iteration, over 1/2 ||y||^2",
                np.diff(values).max() / half,
                1e-14,
            ),
            claim_row(
                "IRLS from the NTK weights converges to the optimum of the conic solver",
                TOGETHER,
                f"{name} form: distance to the optimum after {len(above) - 1} iterations, relative",
                abs(above[-1]),
                above[0] / (len(above) - 1),
                gap=gap,
                kind=FINDING,
                reason="the distance at the start over the iterations: the rate 1/k",
            ),
        ]
    return rows
