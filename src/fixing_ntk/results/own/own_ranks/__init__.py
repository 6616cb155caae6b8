"""Average ranks of the methods over the splits of a user's own table."""

from fixing_ntk.results.declaration import METHOD, Declaration, Step

RESULT = Declaration(
    title="Average ranks on your table",
    section=METHOD,
    place=2,
    figure=Step(rows="table/own_data"),
)
