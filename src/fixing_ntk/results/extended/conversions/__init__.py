"""Gated networks of every dataset converted to ReLU networks."""

from fixing_ntk.results.declaration import ALGORITHM, Declaration, Step

RESULT = Declaration(
    title="Conversion to a ReLU network on every dataset",
    section=ALGORITHM,
    place=5,
    compute=Step("tol", problems="all"),
    table=Step(data="computed/conversions"),
)
