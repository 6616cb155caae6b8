"""What the choice of a gate inside its cone decides on the test rows."""

from fixing_ntk.results.declaration import ACCURACY, Declaration, Step

RESULT = Declaration(
    title="Gates redrawn within their cones",
    section=ACCURACY,
    place=8,
    compute=Step("tol", "seed", problems="all", records="records"),
    table=Step("failed", data="computed/gate_choice"),
    figure=Step(data="computed/gate_choice"),
)
