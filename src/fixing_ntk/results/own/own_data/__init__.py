"""Accuracy or R² of every method on a table of the user's own, and the method to take."""

from fixing_ntk.results.declaration import METHOD, Declaration, Step

RESULT = Declaration(
    title="The methods on your table",
    section=METHOD,
    place=1,
    table=Step(rows="own/rows", cells="published/when_it_pays", predictors="published/who_wins"),
    figure=Step(rows="table/own_data", learned="own/learned"),
)
