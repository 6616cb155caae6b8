"""Numerical check that the group lasso and MKL have the same optimum."""

from fixing_ntk.results.declaration import CLAIMS, Declaration, Step

RESULT = Declaration(
    title="Group lasso and MKL",
    section=CLAIMS,
    place=5,
    compute=Step("tol", "seed"),
)
