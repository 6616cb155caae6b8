"""What one draw of the gates costs: MKL averaged over draws, and where the difference is from."""

from fixing_ntk.results.declaration import ACCURACY, Declaration, Step

RESULT = Declaration(
    title="The draw of the gates",
    section=ACCURACY,
    place=6,
    table=Step("failed", points="averaged"),
    figure=Step(table="table/averaging"),
    only_with="full",
)
