"""Distance of trained wide networks to regression with the NTK; drawn in `ntk_width`."""

from fixing_ntk.results.declaration import CLAIMS, Declaration, Step

RESULT = Declaration(
    title="Wide networks trained",
    section=CLAIMS,
    place=4,
    compute=Step("seed"),
)
