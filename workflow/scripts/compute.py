"""Compute one result and check the claims it bears on; a failing claim fails the rule."""

import sys
from importlib import import_module

import numpy as np

from fixing_ntk.pipeline.logs import log_to
from fixing_ntk.results import claim_kinds, reading

log_to(snakemake.log[0], snakemake.output)
params, files = snakemake.params, snakemake.input
module = import_module(f"fixing_ntk.{params.module.replace('/', '.')}")
arguments = dict(params.arguments)
if files.get("records"):
    arguments["records"] = reading.records(files.records, module.RECORDS)
if files.get("networks"):
    arguments["networks"] = reading.read(files.networks)
if files.get("masks"):
    arguments["problems"] = reading.problems(files.data, files.masks)
data, rows = getattr(module, params.function)(**arguments)
if failures := claim_kinds.failures(rows):
    sys.exit("\n".join(failures))
np.savez(snakemake.output.data, **data)
claim_kinds.write(snakemake.output.rows, rows, params.command)
