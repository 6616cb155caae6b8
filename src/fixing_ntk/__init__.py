"""Gated ReLU networks as certified convex programs: from the NTK to the optimal masking kernel.

Names are loaded on first use, so that a job pays only for the modules it runs.
"""

from importlib import import_module

_HOME = {
    "MKLSolution": "programs",
    "MaskSet": "masks",
    "Solution": "programs",
    "lambda_max": "programs",
    "solve": "solvers",
    "solve_mkl": "solvers",
    "solve_mkl_path": "solvers",
    "solve_path": "solvers",
    "solve_relu": "relu",
    "solve_relu_path": "relu",
    "to_network": "relu",
    "to_relu": "relu",
    "ConvexReLUClassifier": "estimators",
    "ConvexReLURegressor": "estimators",
    "GatedReLUClassifier": "estimators",
    "GatedReLURegressor": "estimators",
    "MKLClassifier": "estimators",
    "MKLRegressor": "estimators",
    "NTKClassifier": "estimators",
    "NTKRegressor": "estimators",
}

__all__ = [*_HOME]


def __getattr__(name):
    if name not in _HOME:
        raise AttributeError(f"module 'fixing_ntk' has no attribute {name!r}")
    return getattr(import_module(f"fixing_ntk.{_HOME[name]}"), name)


def __dir__():
    return sorted([*globals(), *_HOME])
