"""How cones gain and lose weight from the NTK to the optimal kernel, in the plane of gates."""

from fixing_ntk.results.declaration import KERNELS, Declaration, Step

RESULT = Declaration(
    title="Weights of the cones between the NTK and the optimal kernel",
    section=KERNELS,
    place=2,
    compute=Step("tol", "seed"),
    figure=Step(data="computed/cone_weights"),
)
