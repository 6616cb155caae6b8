"""Scores and reliability curves of predicted probabilities on a table of the user's own."""

from fixing_ntk.results.declaration import METHOD, Declaration, Step

RESULT = Declaration(
    title="Probabilities on your table",
    section=METHOD,
    place=3,
    table=Step(rows="own/rows"),
    figure=Step(curves="own/curves"),
    only_with="classification",
)
