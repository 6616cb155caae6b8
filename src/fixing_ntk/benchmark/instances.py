"""The benchmark's problems: a dataset, prepared, and the masks of its gates."""

from typing import NamedTuple

import numpy as np

from fixing_ntk.data.standardization import standardize
from fixing_ntk.masks import MaskSet, read_masks
from fixing_ntk.programs import lambda_max


class Instance(NamedTuple):
    """X (n, d), y (n,), its `MaskSet` and the penalty above which the solution is zero."""

    name: str
    X: np.ndarray
    y: np.ndarray
    masks: MaskSet
    lam_max: float


def make(dataset, n_gates, seed, loss="squared"):
    """Standardised columns and one of ones, each scaled to unit norm; gates from N(0, I).

    The instance's ``lam_max`` is that of the loss.
    """
    (X,) = standardize(dataset.X)
    norms = np.linalg.norm(X, axis=0)
    X = X / np.where(norms > 0, norms, 1.0)
    masks = MaskSet.sample(X, n_gates, seed)
    return Instance(dataset.name, X, dataset.y, masks, lambda_max(X, dataset.y, masks, loss))


def save(path, instance):
    """Write an instance to ``.npz``, so that every environment reads the same bits."""
    masks = {f"masks_{key}": getattr(instance.masks, key) for key in MaskSet.__annotations__}
    plain = instance._asdict()
    del plain["masks"]
    np.savez(path, **plain, **masks)


def load(path):
    """Read what `save` wrote."""
    with np.load(path, allow_pickle=False) as f:
        masks = read_masks(f, "masks_")
        return Instance(str(f["name"]), f["X"], f["y"], masks, float(f["lam_max"]))
