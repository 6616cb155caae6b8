"""Fit one-dimensional data by the NTK, by iterates of IRLS, and by optimal MKL."""

from itertools import islice

import numpy as np

from fixing_ntk.kernels import KernelRidge, ntk
from fixing_ntk.masks import MaskSet
from fixing_ntk.programs import MaskedDesign, lambda_max
from fixing_ntk.results.bounds import not_negative, shares, whole_numbers
from fixing_ntk.results.claim_kinds import TOGETHER, claim_row
from fixing_ntk.seeds import stream
from fixing_ntk.solvers import gl_iterates, iterate_weights, solve, solve_path

# Penalties to choose from: the NTK's over the kernel's largest eigenvalue, MKL's over lambda_max.
NTK_RATIOS = np.geomspace(1.0, 1e-8, 49)
MKL_RATIOS = np.array([0.3, 0.1, 0.03, 0.01, 3e-3, 1e-3, 3e-4])


def target(x):
    """Return the target function at x: piecewise linear with four kinks on [-1, 1].

    On this interval it is a small ReLU network; outside it is constant.
    """
    return np.interp(x, [-1.0, -0.55, -0.2, 0.3, 0.6, 1.0], [0.4, -0.6, 0.9, 0.6, -0.8, -0.2])


def fit_1d(
    tol,
    seed,
    *,
    n=30,
    noise=0.08,
    ratio=0.01,
    n_gates=100_000,
    iterations=(0, 1, 3, 10, 100),
):
    """Fit noisy samples of `target` by the NTK, by iterates of IRLS, and by optimal MKL.

    Samples are uniform on [-1, 1], with a bias column. IRLS starts at ridge regression with the NTK
    of the drawn gates. The claim is that none of the iterates that are shown has an objective below
    the MKL optimum.

    Parameters
    ----------
    tol : float
        Relative gap of the fits.
    seed : int
    n : int
        Samples.
    noise : float
        Standard deviation of the noise on the targets.
    ratio : float
        ``lam / lambda_max``, where all predictors that are not tuned have the same lam.
    n_gates : int
        Gates drawn; in the plane there are only 2n masks, and nearly all of them are found.
    iterations : sequence of int
        IRLS iterations that are shown.

    Returns
    -------
    data : dict of ndarray
        Data ``x, y`` (n,); g points ``grid``, and there the ``target`` and the predictions: ``ntk``
        (closed form), ``irls`` (k, g) at the k ``iterations``, increasing, ``mkl``, and
        ``ntk_tuned`` and ``mkl_tuned`` at the penalties of least leave-one-out error,
        ``ntk_tuned_lam`` and ``mkl_tuned_lam``; ``angle`` (p,), in radians, of each mask's gate in
        the plane of its coefficients of x and of the bias; ``ntk_weights`` (p,) of the masks, and
        their ``eta`` (p,) of MKL at ``lam``; the group lasso objectives and gaps at ``lam``,
        ``irls_objective`` and ``irls_gap`` (k,) and ``mkl_objective``; the relative gap of each
        other fit, such as ``mkl_tuned_gap``; ``lam`` and ``ratio``.
    rows : list of dict
        As `claim_kinds.claim_row` makes them.
    """
    whole_numbers(2, n=n)
    whole_numbers(1, n_gates=n_gates)
    whole_numbers(0, iterations=iterations)
    not_negative(noise=noise)
    shares(ratio=ratio)
    rng = stream(seed, "fit_1d")
    x = np.sort(rng.uniform(-1.0, 1.0, n))
    y = target(x) + noise * rng.standard_normal(n)
    X, grid = np.column_stack([x, np.ones(n)]), np.linspace(-1.15, 1.15, 801)
    Z = np.column_stack([grid, np.ones(len(grid))])
    masks = MaskSet.sample(X, n_gates, stream(seed, "fit_1d", "gates"))
    lam = ratio * lambda_max(X, y, masks)

    H = ntk(X)
    ridge = KernelRidge(H, y)
    beta = ridge.coefficients(lam)[:, 0]
    lams = NTK_RATIOS * np.linalg.eigvalsh(H)[-1]
    tuned_lam = min(lams, key=lambda each: leave_one_out(H, y, each))
    tuned = ridge.coefficients(tuned_lam)[:, 0]
    best = solve(X, y, masks, lam, tol)
    mkl_lams = MKL_RATIOS * lambda_max(X, y, masks)
    mkl_errors = mkl_leave_one_out(X, y, masks, mkl_lams, tol)
    best_tuned = solve(X, y, masks, mkl_lams[np.argmin(mkl_errors)], tol)
    design = MaskedDesign(X, masks)
    kept = {
        k: it
        for k, it in enumerate(islice(gl_iterates(design, y, lam), max(iterations) + 1))
        if k in iterations
    }
    data = dict(
        x=x,
        y=y,
        grid=grid,
        target=target(grid),
        ntk=ntk(Z, X) @ beta,
        ntk_gap=ridge.gap(lam, beta),
        ntk_tuned=ntk(Z, X) @ tuned,
        ntk_tuned_gap=ridge.gap(tuned_lam, tuned),
        ntk_tuned_lam=tuned_lam,
        iterations=np.array(sorted(kept)),
        irls=np.array([masks.predict(iterate_weights(design, kept[k]), Z) for k in sorted(kept)]),
        irls_objective=np.array([kept[k].objective for k in sorted(kept)]),
        irls_gap=np.array([kept[k].gap for k in sorted(kept)]),
        mkl=masks.predict(best.weights, Z),
        mkl_objective=best.objective,
        mkl_gap=best.gap,
        mkl_tuned=masks.predict(best_tuned.weights, Z),
        mkl_tuned_gap=best_tuned.gap,
        mkl_tuned_lam=best_tuned.lam,
        lam=lam,
        ratio=ratio,
        angle=np.arctan2(masks.gates[1], masks.gates[0]),
        ntk_weights=masks.ntk_weights,
        eta=best.eta,
    )
    rows = [
        claim_row(
            "MKL fixes the NTK: on no training set is its objective below the MKL optimum",
            TOGETHER,
            "1-D regression: (P_mkl - P_irls) / P_mkl at the same lambda, largest over the IRLS "
            f"iterations {', '.join(map(str, data['iterations']))}, the NTK's first",
            np.max(1.0 - data["irls_objective"] / best.objective),
            1e-12 + best.gap,
            gap=best.gap,
        )
    ]
    return data, rows


def leave_one_out(K, y, lam):
    """Return the leave-one-out mean squared error of kernel ridge regression at the penalty lam.

    K is (n, n) and y (n,). With ``A = (K + lam I)^-1`` the error at sample i is ``(A y)_i / A_ii``
    (Rasmussen and Williams, Gaussian Processes for Machine Learning, equation 5.12).
    """
    A = np.linalg.inv(K + lam * np.eye(len(y)))
    return np.mean((A @ y / np.diag(A)) ** 2)


def mkl_leave_one_out(X, y, masks, lams, tol):
    """Return MKL's leave-one-out mean squared error at each of k decreasing penalties ``lams``.

    X (n, d) has the bias column. A fit to all but one sample has the same penalties and the same
    masks, restricted to these samples. ``tol`` is the relative gap of the fits.

    Returns
    -------
    ndarray (k,)
        In the order of ``lams``.
    """
    errors = []
    for i in range(len(y)):
        others = np.delete(np.arange(len(y)), i)
        path = solve_path(X[others], y[others], masks.restrict(others), lams, tol)
        errors.append([masks.predict(fit.weights, X[i : i + 1])[0] - y[i] for fit in path])
    return np.mean(np.square(errors), axis=0)
