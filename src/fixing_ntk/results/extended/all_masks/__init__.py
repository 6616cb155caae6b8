"""The optimum as more masks are sampled, and over all masks where these can be listed."""

from fixing_ntk.results.declaration import KERNELS, Declaration, Step

RESULT = Declaration(
    title="How far the sampled optimum is from all masks",
    section=KERNELS,
    place=5,
    table=Step("failed", rows="all_masks"),
    figure=Step(table="table/all_masks"),
    only_with="paper",
)
