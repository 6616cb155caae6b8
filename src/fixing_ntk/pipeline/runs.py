"""Which configuration a `make` target means, from its variables as the shell passed them.

``python -m fixing_ntk.pipeline.runs`` reads DATA, TARGET and RUN from the environment, where any
character survives, and prints the file that overlays config.yaml, a path without any.
"""

import os
import re
import sys
from pathlib import Path

import yaml

from fixing_ntk.data.catalog import slug
from fixing_ntk.pipeline.config import RESERVED

OF_THE_PROJECT = {"quick": "workflow/config/quick.yaml"}


def overlay(environment, root="."):
    """The file that overlays config.yaml, written where it is of the user's own table.

    Parameters
    ----------
    environment : mapping of str to str
        DATA, the user's table, with TARGET, the column to predict; or RUN, the name of a run.
    root : str or Path
        The project.

    Returns
    -------
    str
        Relative to the project.

    Raises
    ------
    ValueError
        Naming the variable, and how to mend it.
    """
    data, target, run = (environment.get(name, "") for name in ("DATA", "TARGET", "RUN"))
    if not data:
        return _of_run(run, Path(root))
    if not target:
        raise ValueError("TARGET is empty: name the column to predict, DATA=my.csv TARGET=column")
    name = name_for(data)
    relative = f"results/{name}/config.yaml"
    path = Path(root) / relative
    _make_way(path, data)
    path.parent.mkdir(parents=True, exist_ok=True)
    written = dict(name=name, data=_named(Path(root), name, data), target=target)
    text = yaml.safe_dump(written, allow_unicode=True, sort_keys=False)
    if not path.exists() or path.read_text() != text:
        path.write_text(text)
    return relative


def _named(root, name, data):
    """The file, or a link to it where its own name would be read as a wildcard."""
    file = Path(os.path.expanduser(data))
    if not {*"{}"} & {*str(file)}:
        return str(file)
    link = root / "results" / name / f"{name}{file.suffix}"
    link.unlink(missing_ok=True)
    link.symlink_to(root.absolute() / file)
    return str(link.relative_to(root))


def name_for(data):
    """Name of a run for a file: its own, where no other run has that."""
    name = slug(Path(data).stem)
    return f"{name}-table" if name in RESERVED or name in ("paper", *OF_THE_PROJECT) else name


def _of_run(run, root):
    relative = OF_THE_PROJECT.get(run, f"results/{run}/config.yaml")
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", run) and (root / relative).exists():
        return relative
    known = sorted(path.parent.name for path in root.glob("results/*/config.yaml"))
    raise ValueError(
        f"RUN={run} is no run; there are {', '.join(['paper', 'rfm', *OF_THE_PROJECT, *known])}. "
        "For a configuration of your own, call snakemake with its --configfile"
    )


def _make_way(path, data):
    """Refuse to put the results of one table in the place of another's."""
    if not path.exists():
        return
    there = yaml.safe_load(path.read_text()).get("data")
    if there and Path(there).resolve() != Path(os.path.expanduser(data)).resolve():
        raise ValueError(
            f"{path.parent} holds the results of {there}; move that folder, or rename {data}"
        )


def main():
    """Print the overlay, or say in one line why there is none."""
    try:
        print(overlay(os.environ))
    except ValueError as error:
        sys.exit(f"make: {error}")


if __name__ == "__main__":
    main()
