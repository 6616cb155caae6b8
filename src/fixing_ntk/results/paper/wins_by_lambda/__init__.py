"""Wins, ties and losses of MKL against the NTK at the same penalty, over a grid of penalties."""

from fixing_ntk.results.declaration import ACCURACY, Declaration, Step

RESULT = Declaration(
    title="NTK against MKL at the same penalty",
    section=ACCURACY,
    place=2,
    table=Step("failed", by_lambda="wins_by_lambda"),
    figure=Step(by_lambda="wins_by_lambda"),
    by_protocol=True,
)
