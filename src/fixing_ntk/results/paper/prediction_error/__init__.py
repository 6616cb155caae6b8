"""Prediction error of the group lasso on data of a gated teacher, by number of samples."""

from fixing_ntk.results.declaration import PREDICTION, Declaration, Step

RESULT = Declaration(
    title="Prediction error of the group lasso",
    section=PREDICTION,
    place=1,
    compute=Step("tol", "seed"),
    table=Step(data="computed/prediction_error"),
    figure=Step(data="computed/prediction_error"),
)
