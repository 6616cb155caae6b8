"""How test predictions change if active gates are redrawn within their cones."""

from fixing_ntk.results.declaration import ACCURACY, Declaration, Step

RESULT = Declaration(
    title="Gates redrawn within their cones",
    section=ACCURACY,
    place=8,
    compute=Step("tol", "seed", problems="all", records="records"),
    table=Step("failed", data="computed/gate_choice"),
    figure=Step(data="computed/gate_choice"),
)
