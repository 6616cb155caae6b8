"""Theorems on the programs between the NTK and the optimal kernel, checked on data."""

from fixing_ntk.results.declaration import CLAIMS, Declaration, Step

RESULT = Declaration(
    title="Between the NTK and the optimal kernel: theorems",
    section=CLAIMS,
    place=7,
    compute=Step("tol", "seed", problems="examples"),
)
