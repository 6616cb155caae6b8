"""A release says one version and one date, wherever somebody reads them."""

import json
import re
import tomllib
from datetime import date
from importlib import metadata

import yaml
from project import ROOT


def test_every_file_names_the_same_version_and_date():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    codemeta = json.loads((ROOT / "codemeta.json").read_text())
    zenodo = json.loads((ROOT / ".zenodo.json").read_text())
    heading = r"^## (\S+) \((.*)\)$"
    released = re.search(heading, (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    versions = citation["version"], codemeta["version"], zenodo["version"], released[1]
    assert versions == (version,) * 4
    dates = codemeta["dateModified"], released[2]
    assert {*map(date.fromisoformat, dates)} == {citation["date-released"]}
    assert metadata.version("fixing_ntk") == version
