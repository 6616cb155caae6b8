"""Accuracy of MKL and of the NTK as the penalty goes to zero, where they interpolate."""

from fixing_ntk.results.declaration import KERNELS, Declaration, Step

RESULT = Declaration(
    title="Interpolation, the end of the path",
    section=KERNELS,
    place=6,
    compute=Step("tol", "conic_backend", problems="examples"),
    table=Step(data="computed/interpolation"),
    figure=Step(data="computed/interpolation"),
)
