"""Which classes of a table of the user's own are taken for which, by the method of the verdict."""

from fixing_ntk.results.declaration import METHOD, Declaration, Step

RESULT = Declaration(
    title="Your classes",
    section=METHOD,
    place=4,
    table=Step(rows="own/rows", confusion="own/confusion"),
    only_with="classification",
)
