"""The benchmark's problems: a prepared dataset, and the masks of drawn gates."""

from typing import NamedTuple

import numpy as np

from fixing_ntk.data.standardization import standardize
from fixing_ntk.masks import MaskSet, read_masks
from fixing_ntk.programs import lambda_max


class Instance(NamedTuple):
    """A problem of the benchmark: X (n, d) with its bias column, y (n,), and masks.

    ``lam_max`` is the smallest penalty at which all weights of the gated program are zero. It is
    the unit of all penalties, also of those of the ReLU program.
    """

    name: str
    X: np.ndarray
    y: np.ndarray
    masks: MaskSet
    lam_max: float


def make(dataset, n_gates, seed, loss="squared"):
    """Make an instance from a `readers.Dataset`, with masks of ``n_gates`` gates from N(0, I).

    Columns are standardised, a column of ones is appended, and each column is scaled to unit norm,
    the ones too. The masks are of these rows. Repeated masks are merged, so there may be fewer than
    ``n_gates``. ``loss``, "squared" or "logistic", is the loss that ``lam_max`` is for.
    """
    (X,) = standardize(dataset.X)
    norms = np.linalg.norm(X, axis=0)
    X = X / np.where(norms > 0, norms, 1.0)
    masks = MaskSet.sample(X, n_gates, seed)
    return Instance(dataset.name, X, dataset.y, masks, lambda_max(X, dataset.y, masks, loss))


def save(path, instance):
    """Write an instance to an ``.npz`` file, so that all solvers read the same bits."""
    masks = {f"masks_{key}": getattr(instance.masks, key) for key in MaskSet.__annotations__}
    plain = instance._asdict()
    del plain["masks"]
    np.savez(path, **plain, **masks)


def load(path):
    """Read an instance that `save` wrote."""
    with np.load(path, allow_pickle=False) as f:
        masks = read_masks(f, "masks_")
        return Instance(str(f["name"]), f["X"], f["y"], masks, float(f["lam_max"]))
