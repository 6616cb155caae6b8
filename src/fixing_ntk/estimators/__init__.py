"""scikit-learn estimators of the paper's models; see `base` for what they share.

Names are loaded on first use, so that a job without estimators need not import scikit-learn.
"""

from importlib import import_module

_HOME = {
    "ConvexReLUClassifier": "relu",
    "ConvexReLURegressor": "relu",
    "GatedReLUClassifier": "gated",
    "GatedReLURegressor": "gated",
    "MKLClassifier": "mkl",
    "MKLRegressor": "mkl",
    "NTKClassifier": "ntk",
    "NTKRegressor": "ntk",
}

__all__ = [*_HOME]


def __getattr__(name):
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__():
    return sorted([*globals(), *_HOME])
