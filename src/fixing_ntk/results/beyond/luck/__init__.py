"""Spread of predictions over draws of the gates, from the NTK to the optimal kernel."""

from fixing_ntk.results.declaration import KERNELS, Declaration, Step

RESULT = Declaration(
    title="The luck of the draw",
    section=KERNELS,
    place=2,
    compute=Step("tol", "seed", problems="examples"),
    table=Step(data="computed/luck"),
    figure=Step(data="computed/luck"),
)
