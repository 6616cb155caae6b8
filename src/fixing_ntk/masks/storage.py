"""Read and write files of masks, with one bit an entry."""

from dataclasses import fields

import numpy as np

from fixing_ntk.masks.mask_set import MaskSet


def save_masks(path, mask_sets, gates=None):
    """Write a dict of split index to `MaskSet` to one ``.npz`` file.

    ``gates`` (d, N) are the gates of all splits, if the splits share them.
    """
    shared = {} if gates is None else {"gates": gates}
    np.savez(
        path,
        **shared,
        **{
            f"{split}/{field.name}": getattr(masks, field.name)
            for split, masks in mask_sets.items()
            for field in fields(MaskSet)
        },
    )


def load_masks(path):
    """Read the `MaskSet` of each split that `save_masks` wrote."""
    with np.load(path, allow_pickle=False) as f:
        splits = sorted({int(key.split("/")[0]) for key in f.files if "/" in key})
        return {split: read_masks(f, f"{split}/") for split in splits}


def load_gates(path):
    """Read the gates (d, N) that the splits share, or None if each split has its own."""
    with np.load(path, allow_pickle=False) as f:
        return f["gates"] if "gates" in f.files else None


def read_masks(arrays, prefix):
    """Make a `MaskSet` from the arrays named ``prefix`` plus the name of an attribute."""
    values = {field.name: arrays[f"{prefix}{field.name}"] for field in fields(MaskSet)}
    return MaskSet(**values | {"n": int(values["n"])})
