"""The map: error of MKL over the NTK's, by samples, dimension and teacher network."""

from fixing_ntk.results.declaration import KERNELS, Declaration, Step

RESULT = Declaration(
    title="The map: when learning the kernel pays",
    section=KERNELS,
    place=1,
    compute=Step("seed"),
    table=Step(data="computed/when_it_pays"),
    figure=Step(data="computed/when_it_pays"),
)
