"""Claims of the paper and the poster, each with the number that checks it."""

from fixing_ntk.results.declaration import CLAIMS, Declaration, Step

RESULT = Declaration(
    title="Claims of the paper and the poster",
    section=CLAIMS,
    place=1,
    table=Step(rows="claims"),
)
