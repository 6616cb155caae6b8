"""Weights of all cones in the plane of gates, at several p from the NTK to the optimal kernel."""

from fixing_ntk.results.declaration import KERNELS, Declaration, Step

RESULT = Declaration(
    title="Weights of the cones between the NTK and the optimal kernel",
    section=KERNELS,
    place=2,
    compute=Step("tol", "seed"),
    figure=Step(data="computed/cone_weights"),
)
