"""Copy a run to the published results: ``python -m fixing_ntk.results.publish RUN FOLDER``.

The level of a result says where it goes. The levels paper and beyond share FOLDER, and the level
extended has FOLDER/extended. Each of the two comes from one run, whose manifest lies in it.
"""

import argparse
import json
import shutil
import sys
from pathlib import Path

from fixing_ntk.pipeline.provenance import sha256
from fixing_ntk.results.declaration import BEYOND, EXTENDED, PAPER, level_of, up_to

KINDS = ("figures/*.svg", "tables/*.csv", "tables/*.md", "tables/*.json")
FOLDERS = {PAPER: "", BEYOND: "", EXTENDED: EXTENDED}


def publish(run, folder):
    """Renew the folders of a run's levels; a run of level beyond leaves those of extended.

    Parameters
    ----------
    run, folder : Path
        The run's ``results/NAME``, and where to publish.

    Returns
    -------
    list of Path
        The folders that were renewed.

    Raises
    ------
    FileNotFoundError
        Where the run is not finished.
    ValueError
        Where its level is paper, or a file is not the one that its manifest names.
    """
    manifest = run / "manifest.json"
    if not manifest.exists():
        raise FileNotFoundError(f"{manifest} is not there: finish `make beyond` first")
    described = json.loads(manifest.read_text(encoding="utf-8"))
    level = described["config"]["level"]
    if level == PAPER:
        raise ValueError(f"{run} has the results of level paper alone: run `make beyond` first")
    chosen: dict[str, list[str]] = {FOLDERS[each]: [] for each in up_to(level)}
    for name, digest in described["outputs"].items():
        its_level = level_of(Path(name).stem)
        if its_level in up_to(level) and any(Path(name).match(kind) for kind in KINDS):
            if sha256(run / name) != digest:
                raise ValueError(f"{run / name} is newer than {manifest}: finish the run first")
            chosen[FOLDERS[its_level]].append(name)
    for place, names in chosen.items():
        to = folder / place
        to.mkdir(parents=True, exist_ok=True)
        for old in to.iterdir():
            if old.is_file():
                old.unlink()
        for name in ("manifest.json", *names):
            shutil.copyfile(run / name, to / Path(name).name)
    return [folder / place for place in chosen]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="folder of a finished run")
    parser.add_argument("folder", type=Path, help="folder of the published results")
    arguments = parser.parse_args()
    try:
        renewed = publish(arguments.run, arguments.folder)
    except (OSError, ValueError) as error:
        sys.exit(str(error))
    print(f"{arguments.run} is published in {' and '.join(map(str, renewed))}")


if __name__ == "__main__":
    main()
