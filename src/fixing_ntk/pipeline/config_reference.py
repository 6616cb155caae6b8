"""Page of every configuration key: ``python -m fixing_ntk.pipeline.config_reference``."""

import re
from pathlib import Path

import yaml

from fixing_ntk.pipeline.config import solver_names

SCHEMA = Path("workflow/schemas/config.schema.yaml")
PAGE = Path("docs/configuration.md")
HEAD = """# Configuration

Made from `workflow/schemas/config.schema.yaml` by `make docs`. A key that is not here, or a value
out of range, is refused before any job starts. `--configfile` overlays `config.yaml`, key by key.

| key | meaning | allowed | default |
|---|---|---|---|
"""


def page(schema):
    """Markdown of every key of a JSON Schema.

    Parameters
    ----------
    schema : dict

    Returns
    -------
    str
    """
    lines = [
        f"| `{key}` | {_cell(spec.get('description', ''))} | {_cell(_allowed(spec, schema))} "
        f"| {_default(spec, key in schema['required'])} |"
        for key, spec in _keys(schema["properties"])
    ]
    text = HEAD + "\n".join(lines) + "\n"
    return re.sub(r"<(\w+)>", r"\\<\1\\>", text)  # a name in angles is no element of HTML


def _keys(properties, prefix=""):
    """Dotted names and their schemas; a section's own row comes before its keys."""
    for name, spec in properties.items():
        yield prefix + name, spec
        yield from _keys(spec.get("properties", {}), f"{prefix}{name}.")


def _allowed(spec, schema):
    if "$ref" in spec:
        spec = schema["$defs"][spec["$ref"].rpartition("/")[2]] | spec
    if values := solver_names() if "solver" in spec else spec.get("enum"):
        return ", ".join(f"`{value}`" for value in values)
    if spec.get("type") == "array":
        each = _allowed(spec["items"], schema)
        least = spec.get("minItems", 0)
        return f"list of {each}" + (f", at least {least}" if least else "")
    bounds = [
        f"{sign} {spec[key]:g}"
        for key, sign in (
            ("minimum", "≥"),
            ("exclusiveMinimum", ">"),
            ("maximum", "≤"),
            ("exclusiveMaximum", "<"),
        )
        if key in spec
    ]
    kind = spec.get("type", "")
    if "properties" in spec:
        others = {"array": "`[]`", "string": "string"}
        kind = ", or ".join(["section", *(others[k] for k in spec["type"] if k in others)])
    return " ".join([kind, ", ".join(bounds)]).strip()


def _default(spec, required):
    if "properties" in spec:
        return ""
    if "default" not in spec:
        return "required" if required else ""
    return f"`{spec['default']}`" if spec["default"] != "" else "empty"


def _cell(text):
    return " ".join(text.split()).replace("|", r"\|")


if __name__ == "__main__":
    PAGE.write_text(page(yaml.safe_load(SCHEMA.read_text())))
