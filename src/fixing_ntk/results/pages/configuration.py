"""Write the pages on the configuration: ``python -m fixing_ntk.results.pages.configuration``."""

import re
from importlib import import_module
from pathlib import Path

import yaml

from fixing_ntk.pipeline.config import solver_names
from fixing_ntk.results.declaration import LEVELS, options, results

SCHEMA, CONFIG = Path("workflow/schemas/config.schema.yaml"), Path("config.yaml")
PAGE, SHORT = Path("docs/configuration.md"), Path("config/README.md")
SHORT_HEAD = """# Configuration

The values are in `config.yaml`, each with a line of comment; `make docs` makes this page from it.
Edit it, or give a file of your own on top: `snakemake --configfile mine.yaml`. All keys, with
bounds and the arguments of single results, are in `docs/configuration.md`.

| key | value | meaning |
|---|---|---|
"""
HEAD = """# Configuration

`make docs` makes this page from `config.yaml`, its schema and the folders of the results. A key
that is not here, or a value out of bounds, is refused before any job starts. `--configfile`
overlays `config.yaml`, key by key.
"""
# Headings of the page, each with its keys; all other keys are under the last heading.
SECTIONS = {
    "The run": "name seed mirror level only",
    "A table of your own": "data target task drop use own kinds missing encoding group time",
    "Datasets and splits": "datasets example_dataset converted_datasets further_examples protocols "
    "splits",
    "Methods, penalties and solvers": "",
}
TABLE = """
## {}

| key | meaning | allowed | value |
|---|---|---|---|
"""
OF_RESULTS = """
## Arguments of single results

A configuration overrides them under the name of the result, as `workflow/config/quick.yaml` does.

| key | meaning | default |
|---|---|---|
"""


def page(schema, config):
    """Return the text of `docs/configuration.md`, Markdown tables of all keys of the configuration.

    The last table has the arguments of single results that a configuration may override.

    Parameters
    ----------
    schema : dict
        JSON Schema of the configuration.
    config : dict
        Values of ``config.yaml``.

    Returns
    -------
    str
    """
    *headings, last = SECTIONS
    heading_of = {key: heading for heading in headings for key in SECTIONS[heading].split()}
    lines: dict[str, str] = {heading: TABLE.format(heading) for heading in SECTIONS}
    for key, spec in _keys(schema["properties"]):
        lines[heading_of.get(key.partition(".")[0], last)] += (
            f"| `{key}` | {_cell(spec.get('description', ''))} | {_cell(_allowed(spec, schema))} "
            f"| {_value(spec, key, config)} |\n"
        )
    text = HEAD + "".join(lines.values()) + OF_RESULTS
    for result in results(*LEVELS):
        for name, default in options().get(result.name, {}).items():
            text += f"| `{result.name}.{name}` | {_meaning(result, name)} | `{_plain(default)}` |\n"
    return _escaped(text)


def short(schema, config):
    """Return the text of `config/README.md`: a Markdown table of the keys in ``config.yaml``.

    Snakemake's catalogue of workflows shows this page. Keys with a default in the schema are not in
    it.

    Parameters
    ----------
    schema, config : dict
        As for `page`.

    Returns
    -------
    str
    """
    lines = [
        f"| `{key}` | {_value(spec, key, config)} | {_cell(spec.get('description', ''))} |"
        for key, spec in _keys(schema["properties"])
        if "default" not in spec and key.split(".")[0] in config
    ]
    return _escaped(SHORT_HEAD + "\n".join(lines) + "\n")


def _escaped(text):
    """Return Markdown with ``<name>`` escaped by backslashes, so that it is not read as HTML."""
    return re.sub(r"<(\w+)>", r"\\<\1\\>", text)


def _meaning(result, name):
    """Return what the docstring of a result's computation says of an argument, in one line.

    ``result`` is a `declaration.Result` with a ``compute.py``, and ``name`` the argument's name.

    Raises
    ------
    ValueError
        If the docstring has no parameter ``name``.
    """
    module = import_module(f"fixing_ntk.results.{result.kind}.{result.name}.compute")
    lines = getattr(module, result.name).__doc__.splitlines()
    for k, line in enumerate(lines):
        names, colon, _ = line.strip().partition(" : ")
        if colon and name in names.split(", "):
            indent = len(line) - len(line.lstrip())
            rest = lines[k + 1 :]
            end = next((j for j, x in enumerate(rest) if len(x) - len(x.lstrip()) <= indent), None)
            return _cell(" ".join(rest[:end]))
    raise ValueError(f"{result.name}: the docstring says nothing of {name}")


def _plain(default):
    return list(default) if isinstance(default, tuple) else default


def _keys(properties, prefix=""):
    """Yield the dotted name and the schema of every key; a section comes before its own keys.

    ``properties`` maps names to schemas, and ``prefix`` is the dotted name of their section with a
    dot.
    """
    for name, spec in properties.items():
        yield prefix + name, spec
        yield from _keys(spec.get("properties", {}), f"{prefix}{name}.")


def _allowed(spec, schema):
    """Return the allowed values of a key as text: its choices, or its type with its bounds.

    ``spec`` is the key's schema, and ``schema`` is the whole schema, where a ``$ref`` points to.
    """
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
    kind = "section" if "properties" in spec else spec.get("type", "")
    return " ".join([kind, ", ".join(bounds)]).strip()


def _value(spec, key, config):
    """Return the value of a key as Markdown: the schema's default, or else the value in ``config``.

    ``spec`` is the key's schema, and ``key`` its dotted name. The value is between backticks; an
    empty text is written as the word "empty". A section has no value, which gives "".
    """
    if "properties" in spec:
        return ""
    if "default" in spec:
        value = spec["default"]
    else:
        value = config
        for part in key.split("."):
            value = value[part]
    return "empty" if value == "" else f"`{value}`"


def _cell(text):
    return " ".join(text.split()).replace("|", r"\|")


if __name__ == "__main__":
    schema, config = (yaml.safe_load(path.read_text("utf-8")) for path in (SCHEMA, CONFIG))
    PAGE.write_text(page(schema, config), "utf-8")
    SHORT.write_text(short(schema, config), "utf-8")
