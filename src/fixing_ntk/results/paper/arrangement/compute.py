"""Enumerate all arrangements of data sets: their number, their cones' measures, and the NTK.

An arrangement here is the mask of an open cone. Gates on a hyperplane, orthogonal to a sample, have
probability zero and do not contribute to the NTK. In general position only the gate 0 has a mask
that no open cone has (`MaskSet.enumerate`).
"""

import numpy as np
from scipy.stats import norm

from fixing_ntk.kernels import ntk
from fixing_ntk.masks import EXACT_RANK, MaskSet, arrangement_gates, cover_count, sampled_measures
from fixing_ntk.programs import MaskedDesign, eta_from_weights, lambda_max
from fixing_ntk.relu import solve_relu
from fixing_ntk.results.bounds import shares, whole_numbers
from fixing_ntk.results.claim_kinds import CONVEX, TOGETHER, claim_row
from fixing_ntk.seeds import stream
from fixing_ntk.solvers import solve

FALSE_ALARMS = 1e-3  # probability that the row on datasets fails although its claim is true


def arrangement(
    tol,
    seed,
    problems=(),
    *,
    n=10,
    ratio=0.05,
    samples=(60, 40, 33, 20),
    n_gates=100_000,
    batches=200,
    circles=100,
    gates_per_dataset=20_000,
):
    """Compute optimal weights over all cones of a plane, and check claims on arrangements.

    For the figure, the gated and the ReLU program are solved in the plane. The claims are checked
    on a random problem of each rank: all masks are enumerated, a ReLU neuron is linear on a cone,
    and the NTK is the sum of the masking kernels weighted by the measures of their cones. The last
    claim is also checked on ``problems``, if there are any.

    Parameters
    ----------
    tol : float
        Relative gap of the fits.
    seed : int
    problems : sequence of (Split, MaskSet)
        Datasets on whose training rows the NTK is compared with the masks of drawn gates; the masks
        that come with them are not used.
    n : int
        Samples whose hyperplanes cut the plane of the figure.
    ratio : float
        ``lam / lambda_max`` of the figure's programs.
    samples : sequence of int
        Numbers of samples of the problems of rank 2, 3, ...
    n_gates : int
        Random gates whose masks must be among the enumerated ones.
    batches : int
        Independent estimates of the measures above rank 3, which give their standard error.
    circles : int
        Great circles of each estimate.
    gates_per_dataset : int
        Gates drawn for each of the ``problems``.

    Returns
    -------
    data : dict of ndarray
        ``X`` (n, 2), ``y`` (n,); ``gates`` (2, p), a gate of each of the p cones whose mask is not
        zero. For each of these cones, ``ntk_weights`` (p,) has its Gaussian measure, ``gated`` and
        ``relu`` (p,) its share of the sum of norms of the learned weights. ``gated_weights`` and
        ``relu_weights`` (2, k), each with its own k, are the learned weights of the gated and of
        the ReLU program, without those too short to be drawn. Weights that the ReLU program
        subtracts are among them, not negated. ``ratio``; ``gap``, the larger relative gap of the
        two programs.
    rows : list of dict
        As `claim_kinds.claim_row` makes them.
    """
    whole_numbers(2, n=n, samples=samples, circles=circles)
    whole_numbers(1, n_gates=n_gates)
    whole_numbers(100, gates_per_dataset=gates_per_dataset)
    whole_numbers(20, batches=batches)
    shares(ratio=ratio)
    data = plane(n, ratio, tol, stream(seed, "arrangement", "plane"))
    rows = []
    for rank, count in enumerate(samples, 2):
        rng = stream(seed, "arrangement", rank)
        X = rng.standard_normal((count, rank))
        masks = MaskSet.enumerate(X)
        rows += [
            *every_pattern(X, masks, n_gates, rng),
            linear_on_cones(X, masks, n_gates, rng),
            ntk_is_sum(X, masks) if rank <= EXACT_RANK else ntk_is_mean(X, batches, circles, rng),
        ]
    if problems:
        rows.append(ntk_on_datasets(problems, gates_per_dataset, seed))
    return data, rows


def plane(n, ratio, tol, rng):
    """Solve the gated and the ReLU program over all cones of a plane, and return ``data``.

    Samples are n Gaussian points of the plane, and targets are of a ReLU network without noise. The
    penalty is ``ratio`` times lambda_max. ``data`` is the dict that `arrangement` describes.
    """
    X = rng.standard_normal((n, 2))
    y = np.maximum(X @ rng.standard_normal((2, 3)), 0.0) @ np.array([1.0, -1.0, 1.0])
    masks = MaskSet.enumerate(X)
    lam = ratio * lambda_max(X, y, masks)
    gated, relu = solve(X, y, masks, lam, tol), solve_relu(X, y, masks, lam, tol)
    norms = np.linalg.norm(relu.weights, axis=1).sum(axis=0)
    return dict(
        X=X,
        y=y,
        gates=masks.gates,
        ntk_weights=masks.ntk_weights,
        gated=eta_from_weights(gated.weights),
        gated_weights=drawn(gated.weights),
        relu=norms / norms.sum(),
        relu_weights=drawn(np.hstack(relu.weights)),
        ratio=ratio,
        gap=max(gated.gap, relu.gap),
    )


def drawn(weights):
    """Return the columns of ``weights`` (2, p) longer than 1 % of the longest; these get arrows."""
    norms = np.linalg.norm(weights, axis=0)
    return weights[:, norms > 1e-2 * norms.max()]


def every_pattern(X, masks, n_gates, rng):
    """Return two claim rows: cones are as many as Cover counts, and random gates add no mask.

    X (n, d) is in general position, and ``masks`` is its `MaskSet.enumerate`. The first value is
    the number of cones less `cover_count`, absolute. The second counts the distinct nonzero masks
    of ``n_gates`` random gates that ``masks`` lacks.
    """
    n, rank = X.shape
    cells = arrangement_gates(X, cover_count(n, rank)).shape[1]
    sampled = MaskSet.sample(X, n_gates, rng)
    known = {row.tobytes() for row in masks.packed}
    claim = "All arrangements D_i = diag(1[Xu >= 0]) of the data are enumerated"
    claim += ", but for gates u on a hyperplane of a sample"
    return [
        claim_row(
            claim,
            CONVEX,
            f"rank {rank}, {n} samples: cells less Cover's {cover_count(n, rank):,}, absolute",
            abs(cells - cover_count(n, rank)),
            0.0,
        ),
        claim_row(
            claim,
            CONVEX,
            f"rank {rank}: masks of {n_gates:,} random gates that are not among the {len(masks):,}",
            sum(row.tobytes() not in known for row in sampled.packed),
            0.0,
        ),
    ]


def linear_on_cones(X, masks, n_gates, rng):
    """Return a claim row: the largest absolute entry of ``(Xu)_+ - D_i X u`` over random u.

    There are ``n_gates`` vectors u from N(0, I). D_i is the mask, among the enumerated ``masks`` of
    X, of the cone that holds u. If ``masks`` lacks it, as it lacks the all-zero mask, D_i is zero.
    """
    U = rng.standard_normal((X.shape[1], n_gates))
    inner = X @ U
    number = {row.tobytes(): i for i, row in enumerate(masks.packed)}
    at = [number.get(row.tobytes(), -1) for row in np.packbits(inner >= 0, axis=0).T.copy()]
    open_ = masks.dense()[:, at] * (np.array(at) >= 0)  # the all-zero mask has no number
    return claim_row(
        "A ReLU neuron is linear on a cone: (Xu)_+ = D_i X u for u in K_i",
        CONVEX,
        f"rank {X.shape[1]}: largest |(Xu)_+ - D_i X u| over {n_gates:,} random u",
        np.abs(np.maximum(inner, 0.0) - open_ * inner).max(),
        0.0,
    )


def ntk_is_sum(X, masks):
    """Return a claim row: the error of the masking kernels' sum from the closed-form NTK.

    ``masks`` is `MaskSet.enumerate` of X. The value is the largest absolute error of an entry, over
    the largest entry of the NTK. The weight of a masking kernel is the exact measure of its cone,
    so the rank of X is at most 3.
    """
    H, K = ntk(X), MaskedDesign(X, masks).kernel(masks.ntk_weights)
    return claim_row(
        "The NTK lies in the MKL search space: H = sum of eta_i K_i at eta_i = P[h in K_i]",
        TOGETHER,
        f"rank {X.shape[1]}, exact measures of {len(masks):,} cones: largest error, relative",
        np.abs(H - K).max() / np.abs(H).max(),
        1e-12,
    )


def ntk_is_mean(X, batches, circles, rng):
    """Return a claim row: the claim of `ntk_is_sum` with estimated measures, for ranks above 3.

    There are ``batches`` independent estimates of the measures of all cones of X, each from
    ``circles`` random great circles. The value is the largest absolute deviation of an off-diagonal
    entry of the mean kernel from the closed-form NTK, in standard errors of this mean.
    """
    gates = arrangement_gates(X, cover_count(*X.shape))
    every = MaskSet.from_gates(X, gates)
    design, keep = MaskedDesign(X, every), np.any(X @ gates >= 0, axis=0)
    upper = np.triu_indices(len(X), 1)  # the diagonal is the same on every circle
    kernels = np.array(
        [
            design.kernel(sampled_measures(X, gates, circles, rng)[0][keep])[upper]
            for _ in range(batches)
        ]
    )
    standard_error = kernels.std(axis=0, ddof=1) / np.sqrt(batches)
    z = np.abs(kernels.mean(axis=0) - ntk(X)[upper]) / standard_error
    return claim_row(
        "The NTK lies in the MKL search space: H = sum of eta_i K_i at eta_i = P[h in K_i]",
        TOGETHER,
        f"rank {X.shape[1]}, measures of {len(every):,} cones from {batches * circles:,} great "
        f"circles: largest of {len(z):,} deviations in standard errors",
        z.max(),
        4.0,
    )


def ntk_on_datasets(problems, n_gates, seed):
    """Return a claim row: the claim of `ntk_is_sum` on datasets, with masks of drawn gates.

    On each dataset's training rows ``n_gates`` gates are drawn, and the masks in ``problems`` are
    not used. The value is the Frobenius norm of the kernel of these gates less the NTK, over the
    root mean square of this norm for so many gates. It is the largest over the datasets. In the
    limit of many gates, the square of this ratio is a weighted mean of squared normal variables.
    Whatever the weights, its upper tail is at most the tail of a single squared normal variable
    (Szekely and Bakirov, Probab. Theory Relat. Fields 126, 2003). So the tolerance is a two-sided
    normal quantile, at the level `FALSE_ALARMS` divided by the number of datasets.
    """
    ratios, errors, dimensions = [], [], []
    for split, _ in problems:
        X, *_ = split.train_test()
        masks = MaskSet.sample(X, n_gates, stream(seed, "arrangement", split.dataset))
        design, H = MaskedDesign(X, masks), ntk(X)
        error = np.linalg.norm(design.kernel(masks.ntk_weights) - H)
        # An entry of the kernel of one gate has mean H and variance H (X X^T - H), by entry.
        expected = np.sqrt(np.sum(H * (design.gram - H)) / n_gates)
        ratios.append(error / expected)
        errors.append(error / np.linalg.norm(H))
        dimensions.append(X.shape[1])
    return claim_row(
        "The NTK lies in the MKL search space: H = sum of eta_i K_i at eta_i = P[h in K_i]",
        TOGETHER,
        f"training rows of {len(ratios)} datasets, {min(dimensions)} to {max(dimensions)} features "
        f"with the bias, measures from {n_gates:,} gates each: largest Frobenius error over its "
        f"root mean square for that many gates (mean {np.mean(ratios):.2f}; errors relative to H "
        f"{min(errors):.2%} to {max(errors):.2%}); tolerance: exceeded by chance in one of "
        f"{1 / FALSE_ALARMS:,.0f} runs at most",
        max(ratios),
        norm.isf(0.5 * FALSE_ALARMS / len(ratios)),
    )
