"""Run one experiment and check the claims it bears on; a failing claim fails the rule."""

import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd

from fixing_ntk.evaluation.claims import COLUMNS, failures
from fixing_ntk.pipeline.logs import log_to

log_to(snakemake.log[0])
name = snakemake.wildcards.experiment
experiment = getattr(import_module(f"fixing_ntk.experiments.{name}"), name)
arguments = snakemake.params.arguments
if snakemake.input.records:
    protocols = {Path(path).parent.name: pd.read_csv(path) for path in snakemake.input.records}
    arguments["records"] = pd.concat(protocols, names=["protocol"]).reset_index("protocol")
data, rows = experiment(**arguments)
if failures(rows):
    sys.exit("\n".join(failures(rows)))
np.savez(snakemake.output.data, **data)
table = pd.DataFrame([dict(row, command=snakemake.params.command) for row in rows])
table[COLUMNS].to_csv(snakemake.output.rows, index=False, lineterminator="\n")
