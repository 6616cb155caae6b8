"""Gated networks converted to ReLU networks, as in the last line of algorithm 1."""

from fixing_ntk.results.declaration import ALGORITHM, Declaration, Step

RESULT = Declaration(
    title="Conversion to a ReLU network",
    section=ALGORITHM,
    place=4,
    compute=Step("tol", "seed", problems="converted"),
    table=Step(data="computed/gated_to_relu"),
    figure=Step(data="computed/gated_to_relu"),
)
