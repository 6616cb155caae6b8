"""The count of datasets on which MKL is at least as accurate as the NTK, over many splits."""

from fixing_ntk.results.declaration import ACCURACY, Declaration, Step

RESULT = Declaration(
    title="The count of the paper, from split to split",
    section=ACCURACY,
    place=5,
    table=Step("seed", "failed", tuned="tuned/full", draws="draws"),
    figure=Step(table="table/at_least_as_accurate"),
    only_with="full",
)
