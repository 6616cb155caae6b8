"""Accuracy on the UCI sets at every p from the NTK to MKL, and at p by cross-validation."""

from fixing_ntk.results.declaration import ACCURACY, Declaration, Step

RESULT = Declaration(
    title="Every p on the UCI sets",
    section=ACCURACY,
    place=8,
    table=Step("failed", rows="exponents"),
    figure=Step(table="table/exponents"),
    only_with="full",
)
