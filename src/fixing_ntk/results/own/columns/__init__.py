"""The columns of a user's own table: their kinds, and the features that they become."""

from fixing_ntk.results.declaration import COLUMNS, Declaration, Step

RESULT = Declaration(
    title="Your columns",
    section=COLUMNS,
    place=1,
    table=Step(rows="own/columns"),
)
