"""Check the configuration against its schema, sort its grids, and report errors in plain words."""

import math
from difflib import get_close_matches

import jsonschema
import yaml
from jsonschema.validators import extend

from fixing_ntk.data import catalog
from fixing_ntk.data.splits import MIN_FOLDS

RESERVED = {
    "README.md": "the page on results",
    "bench": "the benchmark",
    "downloads": "downloaded datasets",
    "environments": "the environments of other packages",
    "logs": "the logs of downloads",
    "pinned": "the sums of your own tables",
    "published": "published results",
}

# OF_A_TABLE are the keys that describe a table of the user's own, with their values where there is
# no such table. ON_A_TABLE are all keys that have an effect on a run on it.
OPTIONS_OF_A_TABLE = {
    "task": "auto",
    "drop": [],
    "use": [],
    "group": "",
    "time": "",
    "missing": [*catalog.MISSING],
    "kinds": {},
    "encoding": "",
}
OF_A_TABLE = {"target": ""} | OPTIONS_OF_A_TABLE
ON_A_TABLE = {
    *("name", "seed", "data", *OF_A_TABLE, "own", "splits", "n_gates", "tol", "solver"),
    *("conic_backend", "mkl_ratios", "ntk_ratios", "baselines"),
}
SPLITS_ON_A_TABLE = {"test_size", "folds"}


class ConfigError(ValueError):
    """The configuration is refused; the message has one line for each fault."""


class _Loader(yaml.SafeLoader):
    """Loader that refuses a key which stands twice in a mapping: YAML would keep the last."""

    def construct_mapping(self, node, deep=False):
        lines: dict[str, int] = {}
        for key, _ in node.value:
            line = key.start_mark.line + 1
            if (name := str(key.value)) in lines:
                places = f"in lines {lines[name]} and {line}"
                raise ConfigError(f"{self.name}: the key {name!r} stands {places}; keep one")
            lines[name] = line
        return super().construct_mapping(node, deep)


def read_settings(path):
    """Return the mapping in a YAML file of settings, empty for an empty file; it is not checked.

    Raises
    ------
    ConfigError
        If a key stands twice. The message names the file, the key and both lines.
    yaml.YAMLError, UnicodeDecodeError
        If the file is not YAML in UTF-8.
    """
    with open(path, encoding="utf-8") as f:
        return _Loader(f).get_single_data() or {}


def resolve(config, schema_path, options=None, overlay=None, limits=((), {})):
    """Return a checked copy of ``config``, with the schema's defaults filled in and grids sorted.

    Parameters
    ----------
    config : dict
        As read from YAML; left unchanged.
    schema_path : str or Path
        JSON Schema in YAML. Lists whose order carries no meaning have the keyword ``sorted`` there,
        "increasing" or "decreasing"; the name of a solver has the keyword ``solver``.
    options : dict of str to dict, optional
        Arguments of the computations of results that a configuration may override: by result and
        argument the default. A value must have the type of the default. These defaults are not
        filled in.
    overlay : dict, optional
        The keys of ``config`` that were given on top of ``config.yaml``. They change nothing here.
        In a run on a table of the user's own, such a key is refused if it has no effect there.
    limits : tuple, optional
        Bounds of the arguments in ``options``, and pairs of an argument and the argument that it
        must not exceed: what `declaration.limits` returns.

    Returns
    -------
    dict
        The resolved configuration.

    Raises
    ------
    ConfigError
        One line for each fault: the key, what is wrong, and what the key is for or how to mend it.
        Contradictions between keys are reported only where every key by itself is valid.
    """
    with open(schema_path, encoding="utf-8") as f:
        schema = _complete(yaml.safe_load(f), options or {}, dict(limits[0]))
    resolved = _copy(config)
    validator = _Validator(schema)
    errors = sorted(validator.iter_errors(resolved), key=lambda e: list(map(str, e.path)))
    mistyped = [error.path for error in errors if error.validator == "type"]
    errors = [each for each in errors if each.validator == "type" or each.path not in mistyped]
    lines = [line for error in errors for line in _plain(error)]
    lines = lines or [
        *_contradictions(resolved),
        *_above(resolved, options or {}, limits[1]),
        *_idle(resolved, overlay or {}),
    ]
    if lines:
        raise ConfigError("\n".join(lines))
    _sort(resolved, schema)
    return resolved


def _complete(schema, options, bounds):
    """Return the schema with required keys and the keys of results, which are added in place.

    ``options`` has by result and argument the default, ``bounds`` the keywords of JSON Schema that
    bound the argument. Each result becomes an optional key, an object of its arguments alone.
    """
    schema["required"] = _required(schema)
    for name, arguments in options.items():
        schema["properties"][name] = {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                key: _like(default, bounds.get(name, {}).get(key, {}))
                for key, default in arguments.items()
            },
        }
    return schema


def _required(schema):
    """Return the keys of an object's schema that have no default, as its required keys.

    In the schemas of objects within it, ``required`` is set in place, but not in ``schema`` itself.
    """
    for sub in schema["properties"].values():
        if "properties" in sub:
            sub["required"] = _required(sub)
    return [key for key, sub in schema["properties"].items() if "default" not in sub]


def _like(default, bounds):
    """Return a JSON Schema for values of the type of ``default``, with the keywords ``bounds``.

    Where ``default`` is a list, its first entry gives the type of entries. Then ``minItems`` and
    ``uniqueItems`` are for the list, all other keywords for its entries, and a list with any bound
    must not be empty. A float takes whole numbers too, and a default such as None any value.
    """
    if isinstance(default, (list, tuple)):
        of_list = {"type": "array", "minItems": int(bool(bounds))}
        of_list |= {key: bounds[key] for key in ("minItems", "uniqueItems") if key in bounds}
        each = {key: value for key, value in bounds.items() if key not in of_list}
        return of_list | {"items": _like(default[0], each) if default else {}}
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string"}
    return bounds | ({"type": kinds[type(default)]} if type(default) in kinds else {})


def _contradictions(config):
    """Yield messages on faults that JSON Schema cannot state, such as contradictory keys.

    Where ``data`` names a table, ``target`` must name its column. Then the keys on datasets and
    their splits are not checked, except for the paths of tables in ``datasets``.
    """
    if config["name"] in RESERVED:
        holder = RESERVED[config["name"]]
        yield f"name: results/{config['name']}/ is taken by {holder}; choose another"
    entries = [entry for entry in config["datasets"] if isinstance(entry, dict)]
    files = [("data", config["data"]), *(("datasets", entry["path"]) for entry in entries)]
    for key, path in files:
        if {*"{}"} & {*path}:
            yield f"{key}: {path} has braces, which mean wildcards here; rename the file"
    if not config["data"]:
        yield from _contradictions_of_datasets(config, list(map(catalog.name_of, entries)))
    elif not config["target"]:
        yield f"target: name the column of {config['data']} to predict"


def _contradictions_of_datasets(config, tables):
    """Yield messages on datasets that are unknown or do not fit the other keys.

    ``tables`` are the names of the user's own tables among the configuration's ``datasets``. A
    ``same_lambda.reference`` that is not one of its ``ratios`` gives a message too.
    """
    yield from _names_of_tables(tables)
    datasets, example = catalog.expand(config["datasets"]), config["example_dataset"]
    first_order = config.get("solvers", {}).get("first_order_datasets", [])
    for key, names in (
        ("datasets", datasets),
        ("example_dataset", [example]),
        ("converted_datasets", config["converted_datasets"]),
        ("further_examples", config["further_examples"]),
        ("solvers.first_order_datasets", first_order),
    ):
        try:
            catalog.check([name for name in names if name not in tables])
        except ValueError as error:
            yield f"{key}: {error}"
    same, splits = config["same_lambda"], config["splits"]
    if same["reference"] not in same["ratios"]:
        yield (
            f"same_lambda.reference: {same['reference']} is not one of same_lambda.ratios "
            f"{same['ratios']}"
        )
    known = catalog.sizes()
    rows = [known[name].rows for name in [*datasets, example] if name in known]
    least = min((n - math.ceil(splits["test_size"] * n) for n in rows), default=math.inf)
    if least < 2 * MIN_FOLDS:
        yield (
            f"splits.test_size: {splits['test_size']} leaves {least} training rows of the smallest "
            f"dataset, but tuning takes {MIN_FOLDS} of each class"
        )
    named = dict.fromkeys([*datasets, example]) if "folds" in config["protocols"] else ()
    if alone := [name for name in named if not catalog.has_partition(name)]:
        yield (
            'protocols: "folds" needs the partitions of the UCI collection, and there are none of '
            f"{', '.join(alone)}; leave out the protocol or these datasets"
        )


def _above(config, options, pairs):
    """Yield messages on lists of results with an entry above another argument, their limit.

    ``options`` has by result and argument the defaults, which ``config`` overrides. ``pairs`` has
    by result pairs of names: the argument that is a list, and the argument that limits its entries.
    """
    for name, found in pairs.items():
        arguments = options[name] | config.get(name, {})
        for argument, limit in found:
            values, most = arguments[argument], arguments[limit]
            if max(values) > most:
                yield (
                    f"{name}.{argument}: {max(values)} is above {name}.{limit}, which is {most}; "
                    "lower the one or raise the other"
                )


def _idle(config, overlay):
    """Yield messages on keys that were set but have no effect in this run.

    In a run on a table of the user's own, these are keys of ``overlay`` that `ON_A_TABLE` lacks, or
    `SPLITS_ON_A_TABLE` for keys within ``splits``. In any other run they are keys of `OF_A_TABLE`
    with another value than there.
    """
    if not config["data"]:
        for key, value in OF_A_TABLE.items():
            if config[key] != value:
                yield f"{key}: it describes a table of your own; name its file in `data`"
        return
    given = [*overlay, *(f"splits.{key}" for key in overlay.get("splits", {}))]
    known = ON_A_TABLE | {f"splits.{key}" for key in SPLITS_ON_A_TABLE}
    for key in given:
        if key not in known:
            yield f"{key}: it does nothing on a table of your own; take it out"


def own_part(config):
    """Return the part of a resolved configuration that affects a run on the user's own table.

    It is what the run's manifest shows as its configuration.
    """
    part = {key: value for key, value in config.items() if key in ON_A_TABLE}
    return part | {"splits": {key: config["splits"][key] for key in sorted(SPLITS_ON_A_TABLE)}}


def _names_of_tables(names):
    """Yield messages on names of the user's own tables that are not unique.

    Two tables must not share a name, nor have the name of a known dataset or group of datasets.
    """
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            yield f"datasets: two tables are called {name}; give one of them another `name`"
        if name in catalog.sizes() or name in catalog.GROUPS:
            yield f"datasets: {name} is a named set; give your table another `name`"


def _sort(config, schema):
    """Sort in place the lists of ``config`` whose schema has the keyword ``sorted``.

    The keyword names the order, "increasing" or "decreasing".
    """
    for key, sub in schema["properties"].items():
        if "sorted" in sub:
            config[key].sort(reverse=sub["sorted"] == "decreasing")
        elif "properties" in sub and key in config:
            _sort(config[key], sub)


def _fill(validator, properties, instance, schema):
    """Fill in the defaults of ``properties`` in the dict ``instance``, in place, and validate it.

    It stands in for the function by which `jsonschema` validates the keyword ``properties``, and
    yields the errors of that function.
    """
    if isinstance(instance, dict):
        for key, subschema in properties.items():
            if "default" in subschema:
                instance.setdefault(key, _copy(subschema["default"]))
    yield from _properties(validator, properties, instance, schema)


def _is_integer(_, value):
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(_, value):
    return _is_integer(_, value) or (isinstance(value, float) and math.isfinite(value))


def solver_names():
    """Return the values that a key for a solver may have: "auto" and the registered solvers."""
    from fixing_ntk.solvers import METHODS  # imported here, since it takes half a second

    return ["auto", *METHODS]


def _solver(_, __, value, schema):
    """Validate the keyword ``solver``: yield an error unless ``value`` is in `solver_names`.

    The arguments are those that `jsonschema` passes for any keyword. Only ``value`` is used.
    """
    if value != "auto" and value not in (names := solver_names()):
        yield jsonschema.ValidationError(f"{value!r} is not one of {names}")


_Draft = jsonschema.Draft202012Validator
_properties = _Draft.VALIDATORS["properties"]
# Stricter types: JSON Schema accepts 3.0 as an integer, and NaN as a number above every minimum.
_types = _Draft.TYPE_CHECKER.redefine_many({"integer": _is_integer, "number": _is_number})
_Validator = extend(_Draft, {"properties": _fill, "solver": _solver}, type_checker=_types)


def _plain(error):
    """Yield a line for each key at fault in an error of `jsonschema`, in plain words."""
    where = ".".join(map(str, error.absolute_path))
    if error.validator == "additionalProperties":
        known = error.schema["properties"]
        for key in sorted(set(error.instance) - set(known), key=str):
            close = get_close_matches(str(key), known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"known keys: {', '.join(known)}"
            yield f"{'.'.join(filter(None, [where, str(key)]))}: unknown key; {hint}"
    else:
        purpose = error.schema.get("description")
        message = error.message + (f" ({purpose})" if purpose else "")
        if error.validator == "type" and _reads_as_number(error.instance):
            message += "; write it without quotes, and an exponent with a point: 1.0e-6"
        yield f"{where or 'config'}: {message}".replace("\n", " ")


def _reads_as_number(value):
    try:
        return isinstance(value, str) and math.isfinite(float(value))
    except ValueError:
        return False


def _copy(value):
    if isinstance(value, dict):
        return {key: _copy(v) for key, v in value.items()}
    return [_copy(v) for v in value] if isinstance(value, list) else value
