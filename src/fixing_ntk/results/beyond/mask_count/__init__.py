"""Objective and test error against the number of sampled gates."""

from fixing_ntk.results.declaration import KERNELS, Declaration, Step

RESULT = Declaration(
    title="How many gates to draw",
    section=KERNELS,
    place=4,
    compute=Step("tol", "seed"),
    table=Step(data="computed/mask_count"),
    figure=Step(data="computed/mask_count"),
)
