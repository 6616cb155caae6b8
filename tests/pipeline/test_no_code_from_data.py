"""Nothing that is fetched, read or configured is executed."""

import ast
import zipfile
from pathlib import Path

import numpy as np
import pytest
import yaml

from fixing_ntk.data import splits
from fixing_ntk.masks.storage import load_masks
from fixing_ntk.pipeline.config import resolve

ROOT = Path(__file__).parents[2]
FILES = [path for top in ("src", "workflow") for path in (ROOT / top).rglob("*.py")]
UNPICKLERS = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
RUNNERS = {"eval", "exec", "os.system", "yaml.load", "yaml.unsafe_load", "yaml.full_load"}
EXTRACTORS = {"extractall", "extract", "unpack_archive"}  # paths in an archive decide nothing here


def faults(source):
    """Names of what could run or unpickle data in a Python source."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from UNPICKLERS & {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            yield from UNPICKLERS & {(node.module or "").split(".")[0]}
        elif isinstance(node, ast.Call):
            name, options = ast.unparse(node.func), {k.arg: k.value for k in node.keywords}
            if name in RUNNERS or name.rpartition(".")[2] in EXTRACTORS | {"read_pickle"}:
                yield name
            if name == "np.load" and ast.unparse(options.get("allow_pickle", node)) != "False":
                yield "np.load"
            if "shell" in options:
                yield f"{name}(shell=)"


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from joblib import load",
        "np.load(path)",
        "np.load(path, allow_pickle=True)",
        "yaml.load(f)",
        "eval('1')",
        "tar.extractall(folder)",
        "shutil.unpack_archive(path)",
        "subprocess.run(line, shell=True)",
    ],
)
def test_the_scan_finds_what_it_looks_for(source):
    assert list(faults(source))


def test_no_source_unpickles_runs_or_extracts_data():
    assert len(FILES) > 80
    found = {str(path): list(faults(path.read_text(encoding="utf-8"))) for path in FILES}
    assert {path: names for path, names in found.items() if names} == {}


class Touch:
    """Pickles to a call that leaves a trace when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.mark.parametrize(
    ("load", "keys"),
    [
        (lambda path: list(splits.load(path, [0])), ["name", "X", "y", "folds"]),
        (load_masks, ["0/gates", "0/packed", "0/n", "0/ntk_weights", "0/ntk_weights_error"]),
    ],
)
def test_a_pickle_in_an_array_file_is_refused_and_not_run(tmp_path, load, keys):
    trace = tmp_path / "trace"
    np.save(tmp_path / "object.npy", np.array([Touch(trace)], dtype=object), allow_pickle=True)
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        for key in keys:
            archive.write(tmp_path / "object.npy", f"{key}.npy")
    with pytest.raises(ValueError, match="allow_pickle=False"):
        load(tmp_path / "a.npz")
    assert not trace.exists()
    np.load(tmp_path / "object.npy", allow_pickle=True)
    assert trace.exists(), "the pickle would have run"


def test_a_schema_that_would_run_code_is_refused(tmp_path):
    schema = tmp_path / "schema.yaml"
    schema.write_text(f"!!python/object/apply:pathlib.Path.touch [{tmp_path / 'trace'}]")
    with pytest.raises(yaml.YAMLError, match="could not determine a constructor"):
        resolve({}, schema)
    assert not (tmp_path / "trace").exists()
