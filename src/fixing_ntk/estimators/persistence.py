"""Save and load fitted pipelines by skops, which builds only objects of known types."""

import io
import re
import zipfile
import zlib
from importlib.metadata import version
from pathlib import Path

__all__ = ["load", "save"]

VERSION = "fixing_ntk_version.txt"  # added to the archive, since types may change with the version
ADDRESS = re.compile(r'("__id__": |"file": ")(\d+)')  # of an object in memory, in skops' schema

# Types to trust beside scikit-learn's public ones: our own, and internals of scikit-learn's.
TRUSTED = {"numpy.dtype", "scipy.sparse._csr.csr_array", "sklearn.tree._tree.Tree"} | {
    f"fixing_ntk.{name}"
    for name in (
        "data.own.reading.Reading",
        "estimators.between.BetweenFit",
        "estimators.draws.AverageFit",
        "estimators.gated.GatedReLUClassifier",
        "estimators.gated.GatedReLURegressor",
        "estimators.masked.NetworkFit",
        "estimators.mkl.KernelFit",
        "estimators.mkl.MKLClassifier",
        "estimators.mkl.MKLRegressor",
        "estimators.ntk.NTKClassifier",
        "estimators.ntk.NTKRegressor",
        "estimators.ntk._Fit",
        "estimators.relu.ConvexReLUClassifier",
        "estimators.relu.ConvexReLURegressor",
        "estimators.relu.ReLUFit",
        "masks.mask_set.MaskSet",
        "programs.losses.Intercept",
        "programs.losses.Logistic",
        "programs.losses.Squared",
        "programs.solution.Solution",
        "relu.solve.ReLUSolution",
    )
}


def save(model, path):
    """Write a fitted estimator or pipeline, with the version of this package, to a file.

    Equal models give equal files, in any process.

    Parameters
    ----------
    model : estimator
        Of this package or scikit-learn, fitted; that is not checked.
    path : str or Path
        Usually ending in ``.skops``. A file that is there is replaced.
    """
    import skops.io

    numbers: dict[str, int] = {}  # in place of addresses, which differ in each process

    def numbered(match):
        return f"{match[1]}{numbers.setdefault(match[2], len(numbers))}"

    with zipfile.ZipFile(io.BytesIO(skops.io.dumps(model))) as made:
        contents = {name: made.read(name) for name in made.namelist()}
    schema = ADDRESS.sub(numbered, contents.pop("schema.json").decode())
    arrays = {f"{numbers[Path(name).stem]}{Path(name).suffix}": contents[name] for name in contents}
    files = {"schema.json": schema, VERSION: version("fixing_ntk")} | dict(sorted(arrays.items()))
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)  # of no date but 1980


def load(path):
    """Read an estimator or pipeline that `save` wrote.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    estimator

    Raises
    ------
    ValueError
        If the file is damaged, holds a type that no fitted model of this package or of
        scikit-learn has, names no version of this package, or was written by another version, which
        the message names.
    """
    import skops.io

    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
            versioned = VERSION in archive.namelist()
            written = archive.read(VERSION).decode() if versioned else None
    except (zipfile.BadZipFile, EOFError, NotImplementedError, zlib.error) as error:
        damaged = str(error)
    if damaged:
        raise ValueError(f"{path}: is damaged ({damaged}): fit the model again")
    ours = version("fixing_ntk")
    if versioned and written != ours:
        raise ValueError(
            f"{path}: was saved by fixing_ntk {written}, and this is {ours}: install "
            f"fixing_ntk=={written} to read it, or fit the model again"
        )
    unknown = {*skops.io.get_untrusted_types(file=Path(path))} - TRUSTED
    if unknown:
        raise ValueError(f"{path}: holds {', '.join(sorted(unknown))}: no model of ours, refused")
    if not versioned:
        raise ValueError(
            f"{path}: does not say which version of fixing_ntk saved it, so it is older than "
            f"{ours}: fit the model again"
        )
    return skops.io.load(Path(path), trusted=sorted(TRUSTED))
