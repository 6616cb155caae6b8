"""Distance of finite networks' kernels at initialisation to the NTK, by width."""

from fixing_ntk.results.declaration import CLAIMS, Declaration, Step

RESULT = Declaration(
    title="Finite networks near their NTK",
    section=CLAIMS,
    place=3,
    compute=Step("seed"),
    figure=Step(initial="computed/ntk_width", trained="computed/linearization"),
)
