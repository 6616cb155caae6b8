"""Accuracies of every method on every split, on training rows and on test rows."""

from fixing_ntk.results.declaration import ACCURACY, Declaration, Step

RESULT = Declaration(
    title="Accuracies of every split",
    section=ACCURACY,
    place=9,
    table=Step("protocol", "failed", tuned="tuned/all", rows="baselines/any"),
    by_protocol=True,
)
