"""Regression in one dimension by the NTK, by the iterates of IRLS, and by optimal MKL."""

from fixing_ntk.results.declaration import ONE_DIMENSION, Declaration, Step

RESULT = Declaration(
    title="Regression in one dimension",
    section=ONE_DIMENSION,
    place=1,
    compute=Step("tol", "seed"),
    figure=Step(data="computed/fit_1d"),
)
