"""Accuracies on every split, recursive feature machines included."""

from fixing_ntk.results.declaration import ACCURACY, Declaration, Step

RESULT = Declaration(
    title="Accuracies of every split, with recursive feature machines",
    section=ACCURACY,
    place=9,
    table=Step("failed", tuned="early_stopping/full", rows="baselines/full", machines="rfm"),
    only_with="full rfm",
)
