"""MKL averaged over draws beside one program on the gates of all draws, with a tuned penalty."""

from fixing_ntk.results.declaration import ACCURACY, Declaration, Step

RESULT = Declaration(
    title="The draw of the gates, with one program tuned on them all",
    section=ACCURACY,
    place=7,
    table=Step("failed", points="averaged", program="one_program"),
    figure=Step(table="table/one_program"),
    only_with="full",
)
