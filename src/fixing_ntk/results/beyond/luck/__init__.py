"""How much the draw of the gates decides, between the NTK and the optimal kernel."""

from fixing_ntk.results.declaration import KERNELS, Declaration, Step

RESULT = Declaration(
    title="The luck of the draw",
    section=KERNELS,
    place=2,
    compute=Step("tol", "seed", problems="examples"),
    table=Step(data="computed/luck"),
    figure=Step(data="computed/luck"),
)
