"""Test accuracy of NTK and MKL on the UCI sets, each with its own tuned penalty."""

from fixing_ntk.results.declaration import ACCURACY, Declaration, Step

RESULT = Declaration(
    title="NTK against MKL on the UCI sets",
    section=ACCURACY,
    place=1,
    compute=Step(records="records"),
    table=Step("protocol", "reference", "failed", tuned="tuned", same="same_lambda"),
    figure=Step(table="table/uci_accuracy"),
    by_protocol=True,
)
