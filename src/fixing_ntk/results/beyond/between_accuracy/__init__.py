"""MKL at p = 4/3, between the NTK and the optimal kernel, on the UCI sets."""

from fixing_ntk.results.declaration import ACCURACY, Declaration, Step

RESULT = Declaration(
    title="Between the NTK and the optimal kernel on the UCI sets",
    section=ACCURACY,
    place=3,
    table=Step("protocol", "failed", tuned="early_stopping"),
    by_protocol=True,
)
