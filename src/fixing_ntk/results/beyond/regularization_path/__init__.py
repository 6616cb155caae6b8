"""The regularization path of one dataset: group norms, active masks and accuracy."""

from fixing_ntk.results.declaration import KERNELS, Declaration, Step

RESULT = Declaration(
    title="Regularization path",
    section=KERNELS,
    place=5,
    compute=Step("tol", problems="example"),
    figure=Step(data="computed/regularization_path"),
)
