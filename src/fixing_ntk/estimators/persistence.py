"""Fitted pipelines in files, by skops: only known types are made of what is read."""

from pathlib import Path

# Beside scikit-learn's own public types, which skops knows: ours, and what theirs are made of.
TRUSTED = {"numpy.dtype", "sklearn.tree._tree.Tree"} | {
    f"fixing_ntk.{name}"
    for name in (
        "estimators.masked.GatedReLUClassifier",
        "estimators.masked.GatedReLURegressor",
        "estimators.masked.MKLClassifier",
        "estimators.masked.MKLRegressor",
        "estimators.masked._Fit",
        "estimators.masked._KernelFit",
        "estimators.ntk.NTKClassifier",
        "estimators.ntk.NTKRegressor",
        "estimators.ntk._Fit",
        "estimators.early_stopping.StoppedFit",
        "masks.mask_set.MaskSet",
        "programs.solution.Solution",
    )
}


def save(model, path):
    """Write a fitted estimator or pipeline.

    Parameters
    ----------
    model : estimator
    path : str or Path
        Usually ending in ``.skops``.
    """
    import skops.io

    skops.io.dump(model, Path(path))


def load(path):
    """Read what `save` wrote.

    Returns
    -------
    estimator

    Raises
    ------
    ValueError
        Where the file holds a type that no fitted model of this package or scikit-learn has.
    """
    import skops.io

    unknown = {*skops.io.get_untrusted_types(file=Path(path))} - TRUSTED
    if unknown:
        raise ValueError(f"{path}: holds {', '.join(sorted(unknown))}: no model of ours, refused")
    return skops.io.load(Path(path), trusted=sorted(TRUSTED))
