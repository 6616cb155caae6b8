"""The pages on mathematics name functions and claims that exist."""

import re
from importlib import import_module

import numpy as np
import pandas as pd
from project import ROOT

from fixing_ntk import MaskSet

PAGE, BETWEEN = (
    " ".join((ROOT / f"docs/{name}.md").read_text().split()) for name in ("mathematics", "between")
)
FOLDERS = "masks|kernels|programs|solvers|relu|estimators"


def test_every_claim_that_it_quotes_is_one():
    claims = " ".join(pd.read_csv(ROOT / "results/published/claims.csv").claim)
    quoted = re.findall(r"\*([A-Z][^*]+(?:\\\*[^*]+)*)\*", PAGE.replace("**", ""))
    assert len(quoted) >= 12
    assert [words for words in quoted if words.replace("\\", "") not in claims] == []


def test_every_function_that_it_names_exists():
    named = re.findall(rf"`({FOLDERS})\.(\w+)`", PAGE + BETWEEN)
    assert len(named) >= 15
    for folder, name in named:
        assert hasattr(import_module(f"fixing_ntk.{folder}"), name), f"{folder}.{name}"
    masks = MaskSet.enumerate(np.eye(2))
    for name in re.findall(r"`MaskSet\.(\w+)`", PAGE + BETWEEN):
        assert hasattr(masks, name), name
