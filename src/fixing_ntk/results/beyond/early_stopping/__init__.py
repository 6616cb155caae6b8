"""MKL stopped early on its way from the NTK."""

from fixing_ntk.results.declaration import ACCURACY, Declaration, Step

RESULT = Declaration(
    title="MKL stopped early",
    section=ACCURACY,
    place=3,
    table=Step("protocol", "failed", tuned="early_stopping"),
    by_protocol=True,
)
