"""Read and write files of masks, with one bit an entry."""

from dataclasses import fields

import numpy as np

from fixing_ntk.masks.mask_set import MaskSet


def save_masks(path, mask_sets, gates=None):
    """Write the mask sets of splits, a dict of split index to `MaskSet`, to one ``.npz`` file.

    ``gates`` (d, N) are the gates that all splits share, if they do; they are stored as given.
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
    """Return the mask sets that `save_masks` wrote: a dict of split index to `MaskSet`."""
    with np.load(path, allow_pickle=False) as f:
        splits = sorted({int(key.split("/")[0]) for key in f.files if "/" in key})
        return {split: read_masks(f, f"{split}/") for split in splits}


def load_gates(path):
    """Return the gates (d, N) that all splits share, or None if none were saved.

    ``path`` is a file that `save_masks` wrote.
    """
    with np.load(path, allow_pickle=False) as f:
        return f["gates"] if "gates" in f.files else None


def read_masks(arrays, prefix):
    """Return the `MaskSet` whose attribute ``name`` is ``arrays[prefix + name]``.

    ``arrays`` is a mapping, such as an open ``.npz`` file.
    """
    values = {field.name: arrays[f"{prefix}{field.name}"] for field in fields(MaskSet)}
    return MaskSet(**values | {"n": int(values["n"])})
