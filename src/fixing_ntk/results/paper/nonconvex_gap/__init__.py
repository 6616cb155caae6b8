"""Objectives of networks trained from many starts, above the optimum of the convex program."""

from fixing_ntk.results.declaration import CLAIMS, Declaration, Step

RESULT = Declaration(
    title="Non-convex training above the convex optimum",
    section=CLAIMS,
    place=2,
    compute=Step("tol", "seed"),
    figure=Step(data="computed/nonconvex_gap"),
)
