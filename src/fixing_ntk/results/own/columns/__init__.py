"""What each column of a user's own table is, and what became of it."""

from fixing_ntk.results.declaration import COLUMNS, Declaration, Step

RESULT = Declaration(
    title="Your columns",
    section=COLUMNS,
    place=1,
    table=Step(rows="own/columns"),
)
