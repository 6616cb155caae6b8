"""The NTK's fixed weights of the masking kernels beside the weights that MKL learned."""

from fixing_ntk.results.declaration import KERNELS, Declaration, Step

RESULT = Declaration(
    title="Weights of the masking kernels",
    section=KERNELS,
    place=2,
    figure=Step(
        fit_1d="computed/fit_1d",
        dataset="example/data",
        masks="example/masks",
        learned="example/weights",
    ),
)
