"""The configuration: checked against its schema, defaults filled in, refused in plain words."""

from difflib import get_close_matches

import jsonschema
import yaml
from jsonschema.validators import extend


class ConfigError(ValueError):
    """The configuration is refused; the message names every key at fault."""


def resolve(config, schema_path):
    """Check ``config`` and fill in the schema's defaults.

    Parameters
    ----------
    config : dict
        As read from YAML; left unchanged.
    schema_path : str or Path
        JSON Schema in YAML; every default stands there and nowhere else.

    Returns
    -------
    dict

    Raises
    ------
    ConfigError
        Naming each key at fault, what is wrong, and what the key is for.
    """
    with open(schema_path) as f:
        schema = yaml.safe_load(f)
    resolved = _copy(config)
    validator = _WithDefaults(schema)
    errors = sorted(validator.iter_errors(resolved), key=lambda e: list(map(str, e.path)))
    if errors:
        lines = "\n".join(f"  - {line}" for error in errors for line in _plain(error))
        raise ConfigError(f"the configuration is refused:\n{lines}")
    reference, ratios = (resolved["same_lambda"][key] for key in ("reference", "ratios"))
    if reference not in ratios:
        raise ConfigError(f"same_lambda.reference: {reference} is not one of the ratios {ratios}")
    return resolved


def _fill(validator, properties, instance, schema):
    if isinstance(instance, dict):
        for key, subschema in properties.items():
            if "default" in subschema:
                instance.setdefault(key, _copy(subschema["default"]))
    yield from _properties(validator, properties, instance, schema)


_properties = jsonschema.Draft202012Validator.VALIDATORS["properties"]
_WithDefaults = extend(jsonschema.Draft202012Validator, {"properties": _fill})


def _plain(error):
    """One line for each key at fault."""
    where = ".".join(map(str, error.absolute_path))
    if error.validator == "additionalProperties":
        known = error.schema["properties"]
        for key in sorted(set(error.instance) - set(known), key=str):
            close = get_close_matches(str(key), known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"known keys: {', '.join(known)}"
            yield f"{'.'.join(filter(None, [where, str(key)]))}: unknown key; {hint}"
    else:
        purpose = error.schema.get("description")
        yield f"{where or 'config'}: {error.message}" + (f" ({purpose})" if purpose else "")


def _copy(value):
    if isinstance(value, dict):
        return {key: _copy(v) for key, v in value.items()}
    return [_copy(v) for v in value] if isinstance(value, list) else value
