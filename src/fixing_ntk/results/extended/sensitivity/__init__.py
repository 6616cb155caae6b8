"""The comparison with other gates, other draws of them, and a wider grid of the NTK."""

from fixing_ntk.results.declaration import ACCURACY, Declaration, Step

RESULT = Declaration(
    title="What the comparison depends on",
    section=ACCURACY,
    place=8,
    table=Step("failed", rows="sensitivity"),
    only_with="full",
)
