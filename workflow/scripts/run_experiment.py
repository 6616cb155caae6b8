"""Run one experiment and check the claims it bears on; a failing claim fails the rule."""

import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd

from fixing_ntk.comparison import records
from fixing_ntk.data import splits
from fixing_ntk.evaluation.claims import COLUMNS, failures
from fixing_ntk.masks import load_masks
from fixing_ntk.pipeline.logs import log_to

log_to(snakemake.log[0])
name, input_ = snakemake.wildcards.experiment, snakemake.input
module = import_module(f"fixing_ntk.experiments.{name}")
experiment = getattr(module, name)
arguments = snakemake.params.arguments
if input_.get("records"):
    protocols = {
        Path(path).parent.name: records.read([path], module.RECORDS) for path in input_.records
    }
    arguments["records"] = pd.concat(protocols, names=["protocol"]).reset_index("protocol")
if input_.get("masks"):
    arguments["problems"] = [
        (next(splits.load(data, [0])), load_masks(masks)[0])
        for data, masks in zip(input_.data, input_.masks, strict=True)
    ]
data, rows = experiment(**arguments)
if failures(rows):
    sys.exit("\n".join(failures(rows)))
np.savez(snakemake.output.data, **data)
table = pd.DataFrame([dict(row, command=snakemake.params.command) for row in rows], columns=COLUMNS)
table.to_csv(snakemake.output.rows, index=False, lineterminator="\n")
