"""All arrangements of samples, with the measures and learned weights of their cones."""

from fixing_ntk.results.declaration import KERNELS, Declaration, Step

RESULT = Declaration(
    title="The plane cut into cones",
    section=KERNELS,
    place=3,
    compute=Step("tol", "seed", problems="all"),
    figure=Step(data="computed/arrangement"),
)
