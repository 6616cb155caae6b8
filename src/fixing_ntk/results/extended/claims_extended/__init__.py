"""Claims of the results that take hours, each with the number that checks it."""

from fixing_ntk.results.declaration import CLAIMS, Declaration, Step

RESULT = Declaration(
    title="Claims of the results that take hours",
    section=CLAIMS,
    place=2,
    table=Step(rows="claims/extended"),
)
