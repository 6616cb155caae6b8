"""Tables of the user's own among the named sets: entries of ``datasets`` that name a file.

An entry is a dict with ``path`` and ``target``, and optionally ``drop`` and ``use``, as for
`own.read`. ``name`` is its name in the results, by default the stem of the file's name.
"""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from fixing_ntk.data import own
from fixing_ntk.data.catalog import Entry, Size, name_of
from fixing_ntk.data.readers import Dataset


def by_name(entries: Iterable[str | Entry]) -> dict[str, Entry]:
    """Return the entries of ``datasets`` that are the user's own tables, with names as keys."""
    return {name_of(entry): entry for entry in entries if not isinstance(entry, str)}


def register(entry: Entry, folder: str | Path, test_size: float, n_gates: int) -> Size:
    """
    Check a table and record its file's sha256 and its size, and refuse another file later.

    So results of the same name are never computed from two files. A record of the same file is
    written again if the size or path differs, say for other columns.

    Parameters
    ----------
    entry
        Its ``path`` and ``target``, and optionally ``drop``, ``use`` and ``name``.
    folder
        Folder of the record, ``NAME.json``; made if missing.
    test_size, n_gates
        As `own.require_rows` takes them.

    Returns
    -------
    Size
        Rows and features of the table.

    Raises
    ------
    own.TableError
        If the file is missing or not the recorded one, or the table has not two classes, cannot be
        split, or needs too much memory. The message names the file and says how to mend it.
    """
    path, pin = Path(entry["path"]), _pin(entry, folder)
    if not path.is_file():
        raise own.TableError(f"{path}: there is no such file")
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if pin.is_file() and json.loads(pin.read_text(encoding="utf-8"))["sha256"] != found:
        raise own.TableError(
            f"{path} is not the file that {pin} was made from: put that one back, give the new one "
            f"another `name`, or delete {pin} to compute its results again"
        )
    data = _read(entry)
    own.require_rows(data, path, test_size, n_gates)
    size = own.size(data)
    text = json.dumps(dict(path=str(path), sha256=found, **size._asdict()), indent=1) + "\n"
    if not pin.is_file() or pin.read_text(encoding="utf-8") != text:
        pin.parent.mkdir(parents=True, exist_ok=True)
        pin.write_text(text, encoding="utf-8")
    return size


def pinned_size(entry: Entry, folder: str | Path) -> Size:
    """Return the size that `register` recorded, without reading the table.

    FileNotFoundError is raised if there is no record. The file is not compared with its sha256.
    """
    pin = json.loads(_pin(entry, folder).read_text(encoding="utf-8"))
    return Size(*(pin[field] for field in Size._fields))


def load(entry: Entry) -> Dataset:
    """
    Load a table with two classes as a `Dataset` of numeric features.

    `own.preprocessor` makes the features, fitted to all rows without their labels. The class that
    is second in alphabetical order is +1.

    Raises
    ------
    own.TableError
        As `own.read` does, and where there are not two classes.
    """
    data = _read(entry)
    X = own.preprocessor(data.columns, len(data.y)).fit_transform(data.X)
    y = np.where(data.y == np.unique(data.y)[1], 1.0, -1.0)
    return Dataset(name_of(entry), np.asarray(X, dtype=np.float64), y)


def _pin(entry: Entry, folder: str | Path) -> Path:
    """Return the path of the file in which `register` records a table; it may not exist yet."""
    return Path(folder) / f"{name_of(entry)}.json"


def _read(entry: Entry) -> own.OwnData:
    """Read the table of an entry; raise `own.TableError` unless its target has two classes."""
    given = {key: entry[key] for key in ("path", "target", "drop", "use") if key in entry}
    data = own.read(**given, task="classification")
    classes = np.unique(data.y)
    if len(classes) != 2:
        raise own.TableError(
            f"{entry['path']}: {entry['target']!r} has {len(classes)} classes; a table among the "
            "datasets needs two, and `fixing-ntk run` takes any"
        )
    return data
