"""MKL on one draw of the gates and averaged over draws: accuracy, variance and objective."""

from fixing_ntk.results.declaration import ACCURACY, Declaration, Step

RESULT = Declaration(
    title="The draw of the gates",
    section=ACCURACY,
    place=6,
    table=Step("failed", points="averaged"),
    figure=Step(table="table/averaging"),
    only_with="full",
)
