"""Runs on tables of the user's own: their names and configurations, results/NAME/config.yaml."""

import math
import os
import re
from pathlib import Path

import numpy as np
import yaml

from fixing_ntk.comparison.verdict import FEW
from fixing_ntk.data import own as tables
from fixing_ntk.data.catalog import slug
from fixing_ntk.data.own import TableError
from fixing_ntk.pipeline import own_time
from fixing_ntk.pipeline.config import (
    OPTIONS_OF_A_TABLE,
    RESERVED,
    ConfigError,
    read_settings,
    resolve,
)
from fixing_ntk.pipeline.places import HOME

FEW_GROUPS = 1_000  # up to which splits by group are tried before any job; more take seconds
LARGE = 10_000  # rows, above which a new run has SETTINGS_OF_LARGE
SETTINGS_OF_LARGE = {"splits": FEW}
OF_THE_PROJECT = ("quick", "paper", "beyond", "extended")  # names that no table's run may have


class RunError(ValueError):
    """The name or the configuration of a run cannot be used; the message says why or what to do."""


def config_of(root, name):
    """Read the configuration of a run on the user's own table.

    Parameters
    ----------
    root : Path
        Folder that contains ``results/``.
    name : str
        Name of the run.

    Returns
    -------
    dict
        The keys of ``results/NAME/config.yaml`` alone, unchecked. They override the project's
        configuration.

    Raises
    ------
    RunError
        Where there is no such file; the message names the runs that exist. Where the file cannot be
        read as a YAML mapping, or has the name of another run, as in a folder that was renamed; the
        message says what is wrong with it.
    """
    relative = f"results/{name}/config.yaml"
    path = root / relative
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", name) or not path.is_file():
        found = sorted(file.parent.name for file in root.glob("results/*/config.yaml"))
        raise RunError(f"{name!r} is no run; there are {', '.join([*OF_THE_PROJECT, *found])}")
    try:
        config = read_settings(path)
    except (ConfigError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise RunError(f"{relative} cannot be read: {' '.join(str(error).split())}") from error
    if not config or not isinstance(config, dict):
        raise RunError(f"{relative} is empty; write `data:` and `target:` there, or delete it")
    if config.get("name", name) != name:
        raise RunError(f"{relative} says `name: {config['name']}`: write `name: {name}` there")
    return config


def prepare(root, file, target, name=None, own=None, **options):
    """Check a table, and write the configuration of its run if the table is accepted.

    An existing configuration keeps its keys, except for the options given here. A new run on a
    table of more than `LARGE` rows has fewer splits, as in `SETTINGS_OF_LARGE`, unless ``own`` says
    how many.

    Parameters
    ----------
    root : Path
        Folder that contains ``results/``.
    file : str
        The table, absolute or relative to the current folder.
    target : str
        Column to predict.
    name : str, optional
        Name of the run. By default the file's own name without its ending, with the target appended
        where a run of that name on the same file has another target.
    own : dict, optional
        Changes to the configuration's key ``own``, such as ``{"splits": 3}``.
    **options
        Values for the keys of `OPTIONS_OF_A_TABLE`, as for `data.own.read`. None keeps the present
        value, in a new run the default.

    Returns
    -------
    name : str
        Name of the run.
    accepted : dict
        What `data.own.accept` returns: the table's ``size`` and ``task``, and ``lines`` about it.

    Raises
    ------
    RunError
        Where the name is reserved or belongs to another file or target, or where the run's present
        configuration cannot be read.
    ConfigError, TableError
        Where the configuration or the table is refused.
    """
    data = Path(os.path.abspath(file))
    data = data.relative_to(root) if data.is_relative_to(root) else data
    name = _default_name(root, data, target) if name is None else name
    if name in RESERVED or name in OF_THE_PROJECT:
        raise RunError(f"the name {name!r} is taken; choose another: --name NAME")
    path = root / "results" / name / "config.yaml"
    given = {key: value for key, value in options.items() if value is not None}
    old = config_of(root, name) if path.exists() else {}
    if own:
        given["own"] = (old.get("own") or {}) | own
    if old:
        if not _is_run_of(root, old, data) or old.get("target") != target:
            raise RunError(
                f"results/{name} is the run of {old.get('data')} with target "
                f"{old.get('target')!r}; choose another name for this one: --name NAME"
            )
        changes = {key: value for key, value in given.items() if old.get(key) != value}
    else:
        changes = dict(name=name, data=str(data), target=target) | OPTIONS_OF_A_TABLE | given
    accepted = _accept(file, old | changes)
    if not old and accepted["size"].rows > LARGE:
        changes["own"] = SETTINGS_OF_LARGE | changes.get("own", {})
    if changes:
        text = path.read_text(encoding="utf-8") if old else ""
        _write(path, _with(text, changes))
    return name, accepted


def _write(path, text):
    """Write a text file whole or not at all; an OSError names the file."""
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise OSError(f"{path}: {error.strerror}; what was there stays") from error


def _default_name(root, data, target):
    """Return the default name of a run on the table ``data``, a Path, absolute or below ``root``.

    It is the file's name without its ending, and "-table" is appended to a reserved name. The
    target is appended if a run of this name exists, is on the same file, and has another target. A
    run of this name on another file is not avoided: `prepare` refuses the name.
    """
    name = slug(data.stem)
    name = f"{name}-table" if name in RESERVED or name in OF_THE_PROJECT else name
    if (root / "results" / name / "config.yaml").exists():
        there = config_of(root, name)
        if _is_run_of(root, there, data) and there.get("target") != target:
            return f"{name}-{slug(target)}"[:100]
    return name


def _is_run_of(root, config, data):
    """Say whether a run's configuration names the same file as the path ``data``.

    Paths are absolute or relative to ``root``. It is False where the configuration names no file.
    """
    return bool(config.get("data")) and (root / config["data"]).resolve() == (root / data).resolve()


def _accept(file, changes):
    """Check a run's configuration and its table, and return the result of `data.own.accept`.

    ``file`` is the table's path from the current folder. ``changes`` are all keys of the run, which
    override the project's configuration. What is refused raises ConfigError or TableError.
    """
    from snakemake.utils import update_config

    config = read_settings(HOME / "config.yaml")
    update_config(config, changes)
    config = resolve(config, HOME / "workflow/schemas/config.schema.yaml", overlay=changes)
    return check_table(file, config)


def check_table(file, config):
    """Read and check the table of a configuration, and return the result of `data.own.accept`.

    Parameters
    ----------
    file : str
        The table's path from the current folder.
    config : dict
        Whole configuration, as `pipeline.config.resolve` returns it.

    Returns
    -------
    dict

    Raises
    ------
    TableError
        As `data.own.read` and `data.own.accept`, and where a split by time, or by at most
        `FEW_GROUPS` groups, cannot be made, or a fold in it or in all rows lacks a class. Other
        random splits have every class of an accepted table. Where random splits of a real target
        have fewer than two rows to test on, for R², or fewer to train on than folds.
    """
    table = tables.read(file, config["target"], **{key: config[key] for key in OPTIONS_OF_A_TABLE})
    share, folds = config["splits"]["test_size"], config["splits"]["folds"]
    matrices = own_time.matrices(config["own"]["methods"])
    accepted = tables.accept(table, file, share, config["n_gates"], matrices)
    n = len(table.y)
    tested = math.ceil(share * n)
    trained = n - tested
    if table.task == "regression" and table.moment is None and (tested < 2 or trained < folds):
        raise TableError(
            f"{file}: of its {n} rows, `splits.test_size` of {share} leaves {trained} to "
            f"train on and {tested} to test on; it takes {folds}, as many as folds, and 2"
        )
    few = table.repeated and len(np.unique(table.groups)) <= FEW_GROUPS
    if table.moment is not None or few:
        from fixing_ntk.comparison.own_splits import fold_rows, split_rows  # a second of imports

        splits, rows, seed = config["own"]["splits"], config["own"]["tuning_rows"], config["seed"]
        for split in range(splits):
            split_rows(table, split, splits, share, folds, rows, seed)
        fold_rows(table, np.arange(n), folds, rows, seed, table.name, "all")
    return accepted


def _with(text, changes):
    """Return the YAML text of a configuration with the values of ``changes``, by top-level key.

    Their old values are taken out and the new ones appended. Other keys and their comments stay.
    """
    for key in changes:
        # Blank lines and comments within a block stand before lines of the same block.
        block = rf"^{key}:.*\n?(?:(?:[ \t]*(?:#.*)?\n)*[ \t-].*\n?)*"
        text = re.sub(block, "", text, flags=re.MULTILINE)
    added = yaml.safe_dump(changes, allow_unicode=True, sort_keys=False)
    return f"{text.rstrip()}\n{added}" if text.strip() else added
