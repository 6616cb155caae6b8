"""Predictions of the best method for each class of a table of the user's own."""

from fixing_ntk.results.declaration import METHOD, Declaration, Step

RESULT = Declaration(
    title="Your classes",
    section=METHOD,
    place=4,
    table=Step(rows="own/rows", confusion="own/confusion"),
    only_with="classification",
)
