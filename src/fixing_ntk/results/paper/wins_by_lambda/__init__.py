"""The same comparison at the same penalty for both methods."""

from fixing_ntk.results.declaration import ACCURACY, Declaration, Step

RESULT = Declaration(
    title="NTK against MKL at the same penalty",
    section=ACCURACY,
    place=2,
    table=Step("failed", by_lambda="wins_by_lambda"),
    figure=Step(by_lambda="wins_by_lambda"),
    by_protocol=True,
)
