"""NTK, MKL and other classifiers beside recursive feature machines."""

from fixing_ntk.results.declaration import ACCURACY, Declaration, Step

RESULT = Declaration(
    title="The classifiers beside recursive feature machines",
    section=ACCURACY,
    place=4,
    table=Step("failed", tuned="early_stopping/full", rows="baselines/full", machines="rfm"),
    figure=Step(table="table/baselines_rfm"),
    only_with="full rfm",
)
