"""scikit-learn estimators of the paper's models; see `base` for what they share."""

from fixing_ntk.estimators.masked import (
    GatedReLUClassifier,
    GatedReLURegressor,
    MKLClassifier,
    MKLRegressor,
)
from fixing_ntk.estimators.ntk import NTKClassifier, NTKRegressor
from fixing_ntk.estimators.relu import ConvexReLUClassifier, ConvexReLURegressor

__all__ = [
    "ConvexReLUClassifier",
    "ConvexReLURegressor",
    "GatedReLUClassifier",
    "GatedReLURegressor",
    "MKLClassifier",
    "MKLRegressor",
    "NTKClassifier",
    "NTKRegressor",
]
