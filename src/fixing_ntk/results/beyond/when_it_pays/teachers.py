"""Draw data of teacher networks with s units: Gaussian inputs, and targets at three sets of points.

Samples are fitted, held-out points choose penalties, and fresh points measure the error.
"""

from functools import cached_property

import numpy as np

from fixing_ntk.kernels import ntk
from fixing_ntk.masks import MaskSet
from fixing_ntk.programs import MaskedDesign, UnpackedDesign
from fixing_ntk.solvers.lp_newton import Kernels


class Problem:
    """Inputs of one draw: n samples ``X``, held-out and fresh points, gates, masks and designs.

    ``held_out`` and ``fresh`` have ``n_held_out`` points each. ``inputs`` has all points, in this
    order. Inputs and ``gates`` (d, n_gates) have independent entries from N(0, 1). ``masks`` and
    ``design`` are of the samples, and ``held_out_design`` is of the held-out points.
    """

    def __init__(self, n, d, n_gates, n_held_out, rng):
        count = n + 2 * n_held_out
        self.inputs = rng.standard_normal((count, d))
        self.X, self.held_out, self.fresh = np.split(self.inputs, [n, n + n_held_out])
        self.gates = rng.standard_normal((d, n_gates))
        self.masks = MaskSet.from_gates(self.X, self.gates)
        self.design = MaskedDesign(self.X, self.masks)
        # Every penalty is compared on these points, so their masks are made once.
        self.held_out_design = UnpackedDesign.from_gates(self.held_out, self.masks.gates)

    @cached_property
    def ntk(self):
        """Return three matrices: the closed-form NTK of three sets of points with the samples.

        The sets are the samples, the held-out points and the fresh points. A row is a point.
        """
        return tuple(ntk(Z, self.X) for Z in (self.X, self.held_out, self.fresh))

    @cached_property
    def kernels(self):
        """Return two `Kernels`: of the masks alone, and with the closed-form NTK as one more.

        So ``kernels[among]`` are those with the NTK where ``among`` is true.
        """
        return Kernels(self.design, None), Kernels(self.design, self.ntk[0])


class Target:
    """Targets of one teacher at the points of a problem, centred and scaled to unit variance.

    Of the arguments, ``teacher`` is a key of `TEACHERS`, and ``units`` its number of active gates
    or neurons. Mean and variance are over all points of the problem. Then noise of standard
    deviation ``noise`` is added, except at fresh points. The attributes are ``noise``; ``y`` and
    ``again`` (n,), the targets of the samples with two independent draws of the noise; and
    ``held_out`` and ``fresh``, the targets of the other points.
    """

    def __init__(self, problem, teacher, units, noise, rng):
        clean = TEACHERS[teacher](problem.inputs, problem.gates, units, rng)
        n, held_out = len(problem.X), len(problem.held_out)
        clean = (clean - clean.mean()) / clean.std()
        self.noise = noise
        self.y, self.again = clean[:n] + noise * rng.standard_normal((2, n))
        self.held_out = clean[n : n + held_out] + noise * rng.standard_normal(held_out)
        self.fresh = clean[n + held_out :]


def gated(inputs, gates, s, rng):
    """Return ``sum_i 1(x^T g_i >= 0) x^T w_i`` over the first s gates g_i, for each input x.

    The w_i are random unit vectors. The gates are the problem's, so MKL has the teacher's gates
    among its own.
    """
    W = rng.standard_normal((len(gates), s))
    return np.sum((inputs @ gates[:, :s] >= 0) * (inputs @ (W / np.linalg.norm(W, axis=0))), axis=1)


def relu(inputs, gates, s, rng):
    """Return ``sum_i v_i (x^T w_i)_+`` over s neurons with Gaussian v_i and w_i, for each input x.

    Of ``gates`` (d, p) only the dimension d is used.
    """
    W, v = rng.standard_normal((len(gates), s)), rng.standard_normal(s)
    return np.maximum(inputs @ W, 0.0) @ v


TEACHERS = {"gated": gated, "relu": relu}
