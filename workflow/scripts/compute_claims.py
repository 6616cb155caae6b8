"""Run one experiment and check the claims it bears on; a failing claim fails the rule."""

import sys
from importlib import import_module

import numpy as np
import pandas as pd

from fixing_ntk.claims import COLUMNS, failures
from fixing_ntk.logs import log_to

log_to(snakemake.log[0])
name = snakemake.wildcards.experiment
experiment = getattr(import_module(f"fixing_ntk.experiments.{name}"), name)
data, rows = experiment(**snakemake.params.arguments)
if failures(rows):
    sys.exit("\n".join(failures(rows)))
np.savez(snakemake.output.data, **data)
table = pd.DataFrame([dict(row, experiment=name) for row in rows], columns=COLUMNS)
table.to_csv(snakemake.output.rows, index=False, lineterminator="\n")
