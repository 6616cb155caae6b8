"""The cost of the smoothing eps in algorithm 1; drawn in `figure_1`."""

from fixing_ntk.results.declaration import ALGORITHM, Declaration, Step

RESULT = Declaration(
    title="The cost of eps in algorithm 1",
    section=ALGORITHM,
    place=2,
    compute=Step("tol", "conic_backend", "seed"),
)
