"""The manifest of a run: its inputs, software, machine and outputs, and the gaps of its fits."""

import json
import os
import platform
import re
import subprocess
from importlib import metadata
from pathlib import Path

from threadpoolctl import threadpool_info

from fixing_ntk.pipeline.cpu_time import cpu_time
from fixing_ntk.pipeline.sums import files, sha256

PACKAGE = "fixing_ntk"
OF_FITS = ["dataset", "method", "solver", "gap"]  # columns of records that the manifest needs
UNKNOWN = "unknown"
BLAS = ("internal_api", "version", "architecture", "num_threads")


def manifest(folder, outputs, inputs, config, records):
    """Return the manifest of a finished run: its inputs, software, machine, fits and outputs.

    Parameters
    ----------
    folder : str or Path
        Folder of the run, ``results/<name>``.
    outputs : sequence of str or Path
        Files and folders that the configuration asks for, below ``folder``. The folder may hold
        others, say of an earlier configuration.
    inputs : sequence of str or Path
        Files and folders that were downloaded, or given by the user.
    config : dict
        The resolved configuration.
    records : dict of str to pandas.DataFrame
        By protocol, a row for each fit, with at least the columns `OF_FITS` of `records.COLUMNS`.

    Returns
    -------
    dict
        ``commit``, ``machine``, ``versions``, ``config``; ``runtime``, the `cpu_time` of each rule;
        ``fits``, by protocol the `fits` of its records; ``inputs`` and ``outputs``, the sha256 of
        every file by its path, for outputs relative to ``folder``.
    """
    folder = Path(folder)
    return dict(
        commit=commit(),
        machine=machine(),
        versions=versions(),
        config=config,
        runtime=cpu_time(folder / "logs"),
        fits={protocol: fits(frame) for protocol, frame in records.items()},
        inputs={str(path): sha256(path) for path in files(inputs)},
        outputs={str(path.relative_to(folder)): sha256(path) for path in files(outputs)},
    )


def write(path, description):
    """Write a manifest, the dict ``description``, as JSON with its keys in the given order.

    A number that is NaN or infinite raises ValueError.
    """
    text = json.dumps(description, indent=1, allow_nan=False)
    Path(path).write_text(f"{text}\n", encoding="utf-8")


def write_origin(path):
    """Write the commit, the machine and the versions, on which measured times depend, as JSON."""
    write(path, dict(commit=commit(), machine=machine(), versions=versions()))


def commit():
    """Return the commit of the working folder, with ``+changes`` if tracked files differ from it.

    It is `UNKNOWN` where git fails or the folder is not the top of a repository, since a copy
    without its history may lie in the repository of another project.
    """
    try:
        top, head, changes = (
            subprocess.run(["git", *words], capture_output=True, check=True).stdout.strip()
            for words in (
                ["rev-parse", "--show-toplevel"],
                ["rev-parse", "HEAD"],
                ["status", "--porcelain", "--untracked-files=no"],
            )
        )
    except (OSError, subprocess.CalledProcessError):
        return UNKNOWN
    if not os.path.samefile(os.fsdecode(top), os.curdir):
        return UNKNOWN
    return head.decode() + ("+changes" if changes else "")


def machine():
    """Return a dict of ``processor``, ``cores`` (logical), ``system``, ``python`` and ``blas``.

    ``blas`` is a list of the BLAS libraries that this process has loaded: dicts of internal_api,
    version, architecture (the kernel) and num_threads.
    """
    return dict(
        processor=_processor(),
        cores=os.cpu_count(),
        system=platform.platform(),
        python=platform.python_version(),
        blas=[
            {key: info.get(key) for key in BLAS}
            for info in threadpool_info()
            if info["user_api"] == "blas"
        ],
    )


def versions():
    """Return the installed versions of the package and of its direct dependencies, by name.

    Optional dependencies are among them. One that is not installed is left out.
    """
    named = {PACKAGE}
    for requirement in metadata.requires(PACKAGE) or []:
        named.add(re.split(r"[^\w.-]", requirement, maxsplit=1)[0])
    return {name: metadata.version(name) for name in sorted(named) if _installed(name)}


def fits(records):
    """Summarise the fits in the records of one protocol: a dict by dataset of dicts by method.

    ``records`` has the columns `OF_FITS`, a row for each fit. A summary has the number of ``fits``;
    the names of their ``solvers``, sorted; and their ``largest_gap``, relative, which is None where
    no fit has a gap, as for the baselines.
    """
    out: dict = {}
    for (dataset, method), group in records.groupby(["dataset", "method"], sort=True):
        out.setdefault(dataset, {})[method] = dict(
            fits=len(group),
            solvers=sorted(group.solver.dropna().unique()),
            largest_gap=float(group.gap.max()) if group.gap.notna().any() else None,
        )
    return out


def _processor():
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _installed(name):
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True
