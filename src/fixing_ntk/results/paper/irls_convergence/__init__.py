"""Convergence of IRLS on synthetic data, from the NTK's objective to the conic optimum."""

from fixing_ntk.results.declaration import ALGORITHM, Declaration, Step

RESULT = Declaration(
    title="Convergence of IRLS",
    section=ALGORITHM,
    place=3,
    compute=Step("tol", "conic_backend", "seed"),
    figure=Step(data="computed/irls_convergence"),
)
