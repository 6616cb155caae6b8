"""Train both layers of wide gated and ReLU networks, and compare with regression by their NTK."""

import numpy as np
from scipy.optimize import minimize

from fixing_ntk.kernels import ntk
from fixing_ntk.kernels.closed_form import angles
from fixing_ntk.relu import objective_and_gradient
from fixing_ntk.results.bounds import positive, several, whole_numbers
from fixing_ntk.results.claim_kinds import FINDING, NTK, claim_row
from fixing_ntk.results.rates import slope
from fixing_ntk.results.student_teacher import train_and_test
from fixing_ntk.seeds import stream

NETWORKS = GATED, RELU = "gated ReLU", "ReLU"
# Relative decrease of the objective at which training stops. Kinks slow the ReLU network down:
# below 1e-8 it takes ten times as long, and distances change by 1 % at most.
DECREASE = {GATED: 1e-14, RELU: 1e-8}


def linearization(
    seed,
    *,
    n=30,
    d=5,
    n_test=200,
    ratio=0.01,
    widths=(100, 300, 1000, 3000, 10_000, 30_000),
    n_seeds=20,
):
    """Measure distances between trained networks and ridge regression with their NTK, by width.

    Parameters
    ----------
    seed : int
    n : int
        Training samples.
    d : int
        Features, the bias included.
    n_test : int
        Points at which predictions are compared.
    ratio : float
        Penalty over the largest eigenvalue of the kernel.
    widths : sequence of int
        Widths, even since neurons come in pairs.
    n_seeds : int
        Networks of each kind and width.

    Returns
    -------
    data : dict of ndarray
        ``widths`` (w,), increasing. In the order of `NETWORKS`, gated ReLU then ReLU: ``errors``
        (2, w, n_seeds), distances of test predictions to the NTK's, over the norm of the NTK's;
        ``slopes`` and ``slope_errors`` (2,), fitted exponents of the distance in the width and
        their standard errors.
    rows : list of dict
        As `claim_kinds.claim_row` makes them.

    Raises
    ------
    ValueError
        If an argument is out of bounds, or a width is odd.
    """
    whole_numbers(2, n=n, d=d, widths=widths, n_seeds=n_seeds)
    whole_numbers(1, n_test=n_test)
    several(widths=widths)
    positive(ratio=ratio)
    if any(width % 2 for width in widths):
        raise ValueError(f"widths must be even, since neurons come in pairs, got {widths!r}")
    widths = sorted(widths)
    rng = stream(seed, "linearization", "data")
    X, y, Z, _ = train_and_test(n, n_test, d, 3, 0.0, rng)
    errors = np.array([distances(kind, X, y, Z, ratio, widths, n_seeds, seed) for kind in NETWORKS])
    fits = [slope(np.log(widths), np.log(each)) for each in errors]
    claim = "A wide network trains like its linearization: regression with the NTK"
    rows = []
    for kind, (value, error), each in zip(NETWORKS, fits, errors, strict=True):
        rows += [
            claim_row(
                claim,
                NTK,
                f"{kind}: fitted exponent {value:.3f} of the distance in the width, distance to "
                "-1/2 in standard errors",
                abs(value + 0.5) / error,
                4.0,
                kind=FINDING,
                reason="chance: four standard errors of the fit",
            ),
            claim_row(
                claim,
                NTK,
                f"{kind}: distance of test predictions at width {widths[-1]:,}, relative, over "
                "sqrt(d / width)",
                each[-1].mean() / np.sqrt(d / widths[-1]),
                4.0,
                kind=FINDING,
                reason="the order of the theory, sqrt(d / width), up to a factor of four",
            ),
        ]
    slopes, slope_errors = np.transpose(fits)
    data = dict(widths=np.array(widths), errors=errors, slopes=slopes, slope_errors=slope_errors)
    return data, rows


def distances(kind, X, y, Z, ratio, widths, n_seeds, seed):
    """Return distances (w, n_seeds) of trained networks to ridge regression with their NTK.

    They are distances of predictions at the points Z, over the norm of the regression's
    predictions, for each of the w ``widths`` and ``n_seeds`` networks. ``kind`` is of `NETWORKS`. X
    (n, d) and y (n,) are the training data, and the penalty is ``ratio`` times the largest
    eigenvalue of the kernel.
    """
    K = kernel(kind, X, X)
    lam = ratio * np.linalg.eigvalsh(K)[-1]
    predicted = kernel(kind, Z, X) @ np.linalg.solve(K + lam * np.eye(len(X)), y)
    names = [] if kind == GATED else [kind]

    def distance(width, k):
        rng = stream(seed, "linearization", *names, width, k)
        return np.linalg.norm(trained(kind, X, y, Z, lam, width, rng) - predicted)

    return np.array([[distance(m, k) for k in range(n_seeds)] for m in widths]) / np.linalg.norm(
        predicted
    )


def kernel(kind, X, Z):
    """Return the infinite-width NTK (n, m) of a network with both layers trained from N(0, 1).

    The kernel is between the rows x of X (n, d) and z of Z (m, d), and ``kind`` is of `NETWORKS`.
    Each layer of the gated network adds the closed-form NTK, H. The gates of a ReLU network are its
    own weights. So its second layer adds the kernel
    ``E[(x^T w)_+ (z^T w)_+] = H + ||x|| ||z|| sin(theta) / (2 pi)``, with theta the angle between x
    and z (Cho and Saul, NeurIPS 2009).
    """
    K = 2.0 * ntk(X, Z)
    if kind == RELU:
        lengths = np.outer(np.linalg.norm(X, axis=1), np.linalg.norm(Z, axis=1))
        K += lengths * np.sin(angles(X, Z)) / (2.0 * np.pi)
    return K


def trained(kind, X, y, Z, lam, width, rng):
    """Train both layers of a network from a random start, and return its predictions (m,) at Z.

    Training minimises ``1/2 ||f(X) - y||^2 + lam/2 ||theta - theta_0||^2`` over the weights theta,
    from the random start theta_0, by L-BFGS. For f linearized at theta_0 this is kernel ridge
    regression. The output f has the factor ``width^-1/2``, and all weights start from N(0, 1).
    Neurons come in pairs with opposite second-layer weights, so that f is zero at theta_0 (Chizat,
    Oyallon, Bach, NeurIPS 2019). Gates of a gated network are fixed, and are not in theta.
    """
    d, half = X.shape[1], width // 2
    *gates, first = np.tile(rng.standard_normal((1 + (kind == GATED), d, half)), 2)
    second = rng.standard_normal(half)
    second = np.concatenate([second, -second])
    open_ = (X @ gates[0] >= 0).astype(float) if gates else None  # ReLU gates are the weights
    scale = np.sqrt(width)
    start = np.concatenate([first.ravel(), second])

    def value_and_gradient(step):
        """Return the objective at ``theta_0 + step``, and its gradient in step."""
        theta = start + step
        W, v = theta[: d * width].reshape(d, width), theta[d * width :]
        value, dW, dv = objective_and_gradient(W, v, X / scale, y, 0.0, open_)
        gradient = np.concatenate([dW.ravel(), dv])
        return value + 0.5 * lam * (step @ step), gradient + lam * step

    options = dict(maxiter=10_000, maxfun=20_000, ftol=DECREASE[kind], gtol=1e-9)
    best = minimize(
        value_and_gradient, np.zeros(len(start)), jac=True, method="L-BFGS-B", options=options
    )
    theta = start + best.x
    W, v = theta[: d * width].reshape(d, width), theta[d * width :]
    return ((Z @ (gates[0] if gates else W) >= 0) * (Z @ W)) @ v / scale
