"""Networks trained by gradients: accuracy beside NTK and MKL, objective above convex optima."""

from fixing_ntk.results.declaration import ACCURACY, Declaration, Step

RESULT = Declaration(
    title="Trained networks beside NTK and MKL",
    section=ACCURACY,
    place=8,
    compute=Step(networks="networks"),
    table=Step("failed", networks="networks"),
    figure=Step(table="table/trained_networks"),
    only_with="paper",
)
