"""Fits of programs between the NTK and the optimal kernel, with a weight on every drawn gate."""

from fixing_ntk.kernels import combined_kernel, ntk_times
from fixing_ntk.kernels import ntk as closed_form
from fixing_ntk.masks import predict
from fixing_ntk.solvers.lp_mkl import mkl_paths
from fixing_ntk.solvers.lp_newton import prior_scale


class BetweenFit:
    """Fit of one output by a program between the NTK and the optimal kernel.

    It is made from an `MKLSolution` and its `masked.Sample`. The kernels are one for each drawn
    gate with a nonzero mask and, with ``ntk``, the NTK in closed form.

    `predict` adds the outputs of the gated network with ``weights`` (d, p) and the NTK's part,
    ``H(z, X) ntk_coefficients``, and leaves ``intercept`` out. ``coefficients`` (n,) are of kernel
    regression with `kernel`: at the optimum they give the same outputs. X are the samples without
    their weights.
    """

    def __init__(self, solution, sample, ntk):
        design = sample.problem.design
        self.masks, self.eta = design.masks, solution.eta
        self.gates, self.weights = design.masks.gates, solution.weights
        self.gap, self.n_iter, self.mu = solution.gap, solution.n_iter, solution.mu
        self.X, self.coefficients = sample.X, sample.root * solution.dual_point / solution.mu
        self.ntk, self.ntk_eta = ntk, solution.ntk_eta
        self.intercept = solution.intercept
        self.ntk_coefficients = sample.root * solution.ntk_coefficients

    def kernel(self, Z, Z_other):
        K = combined_kernel(self.gates, self.eta, Z, Z_other)
        return K + self.ntk_eta * closed_form(Z, Z_other) if self.ntk else K

    def predict(self, Z):
        output = predict(self.gates, self.weights, Z)
        if self.ntk:
            output += ntk_times(Z, self.X, self.ntk_coefficients[:, None])[:, 0]
        return output


def between_fits(sample, candidates, ntk, tol):
    """Fit candidates of p above 1; the candidates of each p are fitted along one path.

    Parameters
    ----------
    sample : masked.Sample
        Sample whose masks are not merged: one for every gate.
    candidates : list of cross_validation.Candidate
        Penalties are in units of the largest eigenvalue of ``K(ntk_weights)`` on the weighted rows:
        the kernel with the NTK's weights, see `kernels.combined_kernel`. Where it is 0, the unit
        is 1.
    ntk : bool
        Whether the NTK in closed form is one of the kernels.
    tol : float
        Relative gap to certify. A fit that misses it gives a warning.

    Returns
    -------
    list of dict of Candidate to BetweenFit
        One dict for each output.
    """
    scale = prior_scale(sample.weighted_design) or 1.0
    fits: list[dict] = [{} for _ in sample.problem.targets]
    for p in dict.fromkeys(candidate.p for candidate in candidates):
        at_p = [candidate for candidate in candidates if candidate.p == p]
        mus = [[candidate.lam_ratio * scale for candidate in at_p]] * len(fits)
        for of_output, path in zip(fits, mkl_paths(sample.problem, mus, p, ntk, tol), strict=True):
            for candidate, solution in zip(at_p, path, strict=True):
                of_output[candidate] = BetweenFit(solution, sample, ntk)
    return fits
