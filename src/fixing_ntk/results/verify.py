"""Compare the tables of a run with the published tables of its levels.

``python -m fixing_ntk.results.verify RUN FOLDER``
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from fixing_ntk.results.declaration import result_of, up_to
from fixing_ntk.results.publish import FOLDERS

# Columns that may differ: times and memory, and the command, which names the configuration.
NOT_COMPARED = {"seconds", "peak_mb", "command"}
CLOSE = 1e-5  # tolerance, relative for numbers above one, else absolute; ten times the fits' gap


def differences(fresh, published):
    """Return a dict for each column in which two tables differ; `NOT_COMPARED` is ignored.

    Parameters
    ----------
    fresh, published : pandas.DataFrame
        Rows are compared in order.

    Returns
    -------
    list of dict
        ``column``; ``cells``, how many of its cells differ; ``largest``, the maximum difference,
        relative to the published number where that is above one in size. The difference is infinite
        for text, and for a number that one table lacks. At the maximum, ``row`` is the text in the
        first column, and ``fresh`` and ``published`` are the two values. If the names of columns or
        the numbers of rows differ, the list is a single dict with the column "(shape)".
    """
    if list(fresh.columns) != list(published.columns) or len(fresh) != len(published):
        shapes = dict(fresh=_shape(fresh), published=_shape(published))
        return [dict(column="(shape)", cells=0, largest=np.inf, row="", **shapes)]
    out = []
    for column in fresh.columns.difference(NOT_COMPARED, sort=False):
        a, b = fresh[column], published[column]
        if pd.api.types.is_numeric_dtype(a) and pd.api.types.is_numeric_dtype(b):
            distance = (a.astype(float) - b).abs() / np.maximum(b.abs(), 1.0)  # truth values too
            alike = (a == b) | (a.isna() & b.isna())  # two infinities, too
            distance = distance.where(~alike, 0.0).fillna(np.inf)
        else:
            same = (a == b) | (a.isna() & b.isna())
            distance = pd.Series(np.where(same, 0.0, np.inf), index=a.index)
        if distance.max() > 0.0:
            at = distance.idxmax()
            out.append(
                dict(
                    column=column,
                    cells=int((distance > 0.0).sum()),
                    largest=float(distance.max()),
                    row=str(fresh.iloc[at, 0]),
                    fresh=a[at],
                    published=b[at],
                )
            )
    return out


def report(run, published):
    """Compare a run's tables with the published ones; return lines to print, and whether all agree.

    A table agrees if no difference is above `CLOSE`. A published table that the run does not make,
    by its level or its key ``only``, is listed but not compared. Tables of the run that are not
    published are not looked at. In some tables only rows that the run has are compared, see `_key`.

    Parameters
    ----------
    run, published : Path
        The run's folder, with its manifest, and the folder of the published tables.

    Returns
    -------
    lines : list of str
        For each published table its name and verdict, then a line for each column that differs.
    agree : bool
        Whether all tables that were compared agree.

    Raises
    ------
    FileNotFoundError
        Where the run lacks its manifest or a table that it makes; the message names it.
    """
    run, manifest = Path(run), Path(run) / "manifest.json"
    if not manifest.exists():
        raise FileNotFoundError(f"{manifest} is not there: finish `make paper` first")
    config = json.loads(manifest.read_text(encoding="utf-8"))["config"]
    level, only = config["level"], config.get("only")
    lines, agree = [], True
    folders = [Path(published) / place for place in dict.fromkeys(FOLDERS.values())]
    for path in sorted(path for folder in folders for path in folder.glob("*.csv")):
        mine, result = run / "tables" / path.name, result_of(path.stem)
        if result and (result.kind not in up_to(level) or (only and result.name not in only)):
            lines.append(f"{path.name}: not made here (`fixing-ntk {result.kind}`)")
            continue
        if not mine.exists():
            raise FileNotFoundError(f"{mine} is not there: finish `make {level}` first")
        fresh, theirs = pd.read_csv(mine), pd.read_csv(path)
        if key := _key(path.stem):  # a run of a lower level has fewer of these rows
            theirs = theirs[theirs[key].isin(fresh[key])].reset_index(drop=True)
        found = differences(fresh, theirs)
        beyond = [cell for cell in found if cell["largest"] > CLOSE]
        agree &= not beyond
        verdict = "differs" if beyond else f"agrees to {CLOSE:g}" if found else "identical"
        lines.append(f"{path.name}: {verdict}")
        lines += [
            f"  {d['column']}: {d['cells']} cells, most by {d['largest']:.1e} ({d['row']}: "
            f"{d['fresh']} here, {d['published']} published)"
            for d in found
        ]
    return lines, agree


def _key(table):
    """Return the name of the column that selects published rows, or None to compare all rows.

    ``table`` is the table's name, a str. A run of a lower level has fewer rows in the tables
    ``claims`` and ``accuracies_PROTOCOL``. So only published rows are compared whose value in this
    column, "claim" or "method", occurs in the run's table.
    """
    if table == "claims":
        return "claim"
    return "method" if table.startswith("accuracies_") else None


def _shape(frame):
    return f"{len(frame)} rows of {', '.join(frame.columns)}"


def main():
    """Print the `report` on the run and the folder of the command line; exit 1 unless all agree.

    A missing file ends it with the message of the error.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="folder of a finished run")
    parser.add_argument("published", type=Path, help="folder of the published tables")
    arguments = parser.parse_args()
    try:
        lines, agree = report(arguments.run, arguments.published)
    except FileNotFoundError as error:
        sys.exit(str(error))
    print("\n".join(lines))
    sys.exit(not agree)


if __name__ == "__main__":
    main()
