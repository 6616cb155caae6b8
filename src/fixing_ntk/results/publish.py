"""Copy a run to the published results: ``python -m fixing_ntk.results.publish RUN FOLDER``.

Results of the levels paper and beyond are copied to FOLDER, and results of the level extended to
FOLDER/extended. The manifest of the run is copied with them. A run of some results alone
(``--only``) does not change the other published results, nor the manifests of their runs.
"""

import argparse
import json
import shutil
import sys
from pathlib import Path

from fixing_ntk.pipeline.sums import sha256
from fixing_ntk.results.declaration import BEYOND, EXTENDED, PAPER, result_of, up_to

KINDS = ("figures/*.svg", "tables/*.csv", "tables/*.md", "tables/*.json")
FOLDERS = {PAPER: "", BEYOND: "", EXTENDED: EXTENDED}


def publish(run, folder):
    """Replace the published files of the levels that a run has made, by the files of the run.

    Only files of `KINDS` are published, and the run's manifest. Results of level extended are
    published in a folder of their own, so a run of level beyond leaves them as they are. If the
    run's configuration lists results under ``only``, files of other results stay, and the run's
    manifest is added beside theirs, as ``manifest_DIGITS.json``.

    Parameters
    ----------
    run, folder : Path
        The run's folder ``results/NAME``, and the folder of the published results.

    Returns
    -------
    list of Path
        Folders that were written to, also where no file has changed.

    Raises
    ------
    FileNotFoundError
        If the run has no manifest, so that it is not finished, or lacks a file to publish.
    ValueError
        If the run's level is paper, or the SHA-256 sum of a file to publish is not the one in the
        run's manifest.
    """
    manifest = run / "manifest.json"
    if not manifest.exists():
        raise FileNotFoundError(f"{manifest} is not there: finish `make beyond` first")
    described = json.loads(manifest.read_text(encoding="utf-8"))
    level, only = described["config"]["level"], described["config"].get("only")
    if level == PAPER:
        raise ValueError(f"{run} has the results of level paper alone: run `make beyond` first")
    chosen: dict[str, list[str]] = {FOLDERS[each]: [] for each in up_to(level)}
    for name, digest in described["outputs"].items():
        result = result_of(Path(name).stem)
        if result is None or not any(Path(name).match(kind) for kind in KINDS):
            continue
        if result.kind in up_to(level) and result.name in (only or [result.name]):
            if sha256(run / name) != digest:
                raise ValueError(f"{run / name} is newer than {manifest}: finish the run first")
            chosen[FOLDERS[result.kind]].append(name)
    if only:
        chosen = {place: names for place, names in chosen.items() if names}
    for place, names in chosen.items():
        to = folder / place
        to.mkdir(parents=True, exist_ok=True)
        _clear(to, only)
        for name in names:
            shutil.copyfile(run / name, to / Path(name).name)
        own = f"manifest_{sha256(manifest)[:7]}.json" if only else manifest.name
        shutil.copyfile(manifest, to / own)
    return [folder / place for place in chosen]


def _clear(folder, only):
    """Remove all files of a folder, or those of the results named in the list ``only`` alone.

    Manifests are removed too, except those that list the SHA-256 sum of a file that stays.
    Subfolders stay.
    """
    manifests = {*folder.glob("manifest*.json")}
    files = {path for path in folder.iterdir() if path.is_file()} - manifests
    if only:
        old = {path for path in files if (result := result_of(path.stem)) and result.name in only}
    else:
        old = files
    kept = {sha256(path) for path in files - old}
    old |= {path for path in manifests if not kept & _digests(path)}
    for path in old:
        path.unlink()


def _digests(manifest):
    return {*json.loads(manifest.read_text(encoding="utf-8"))["outputs"].values()}


def main():
    """Publish the run RUN in FOLDER, as the command line names them; exit with an error's text."""
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
