"""NTK and MKL beside the classifiers that a user would pick instead."""

from fixing_ntk.results.declaration import ACCURACY, Declaration, Step

RESULT = Declaration(
    title="NTK and MKL beside other classifiers",
    section=ACCURACY,
    place=4,
    table=Step("protocol", "failed", tuned="early_stopping", rows="baselines"),
    figure=Step(table="table/baselines"),
    by_protocol=True,
)
