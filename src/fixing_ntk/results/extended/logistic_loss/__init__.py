"""The comparison on the UCI sets with the logistic loss beside the squared one."""

from fixing_ntk.results.declaration import ACCURACY, Declaration, Step

RESULT = Declaration(
    title="The logistic loss on the UCI sets",
    section=ACCURACY,
    place=8,
    table=Step("failed", rows="losses"),
    only_with="full",
)
