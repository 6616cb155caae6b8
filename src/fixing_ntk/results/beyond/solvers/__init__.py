"""Objective, gap, time and memory of several solvers on the same problems."""

from fixing_ntk.results.declaration import SOLVERS, Declaration, Step

RESULT = Declaration(
    title="Solvers on the same problems",
    section=SOLVERS,
    place=1,
    table=Step("failed", rows="solvers"),
)
