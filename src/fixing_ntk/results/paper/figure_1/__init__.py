"""The paper's figure 1: convergence of algorithm 1 on five samples in one dimension."""

from fixing_ntk.results.declaration import ALGORITHM, Declaration, Step

RESULT = Declaration(
    title="Figure 1: algorithm 1 on a toy in one dimension",
    section=ALGORITHM,
    place=1,
    compute=Step("tol", "conic_backend", "seed"),
    figure=Step(toy="computed/figure_1", smoothing="computed/irls_smoothing"),
)
