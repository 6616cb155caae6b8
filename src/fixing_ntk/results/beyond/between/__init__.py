"""Programs from the NTK to the optimal kernel, by their exponent p, on teachers of the map."""

from fixing_ntk.results.declaration import KERNELS, Declaration, Step

RESULT = Declaration(
    title="Between the NTK and the optimal kernel",
    section=KERNELS,
    place=2,
    compute=Step("seed"),
    table=Step(data="computed/between"),
    figure=Step(data="computed/between"),
)
