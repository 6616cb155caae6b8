"""Numbers known before the test rows, as predictors of the more accurate method."""

from fixing_ntk.results.declaration import ACCURACY, Declaration, Step

RESULT = Declaration(
    title="What predicts the winner",
    section=ACCURACY,
    place=6,
    table=Step("seed", "failed", tuned="tuned/full"),
    figure=Step(tuned="tuned/full", table="table/who_wins"),
    only_with="full",
)
