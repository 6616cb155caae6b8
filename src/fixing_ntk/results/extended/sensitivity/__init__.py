"""The comparison with other gates and draws, a wider grid of the NTK, and an intercept."""

from fixing_ntk.results.declaration import ACCURACY, Declaration, Step

RESULT = Declaration(
    title="What the comparison depends on",
    section=ACCURACY,
    place=8,
    table=Step("failed", rows="sensitivity"),
    only_with="full",
)
