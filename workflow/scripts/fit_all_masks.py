"""Solve MKL's program on one dataset's first split over ever larger sets of masks."""

import pandas as pd

from fixing_ntk.comparison import records
from fixing_ntk.data import splits
from fixing_ntk.masks.split_gates import nested_gates
from fixing_ntk.pipeline.logs import log_to
from fixing_ntk.results.extended.all_masks.compute import all_masks

log_to(snakemake.log[0], snakemake.output)
params = snakemake.params
(split,) = splits.load(snakemake.input.data, [0])
rows = records.read_rows(snakemake.input.records)
(tuned,) = (row for row in rows if row["stage"] == "tuned")
unit = tuned["lam"] / tuned["ratio"]
lams = {"tuned": tuned["lam"], "reference": params.reference * unit}
arguments = dict(params.arguments)
most = max(arguments["gates"])
gates = nested_gates(split, most, params.n_gates, params.seed, "paper")
rows = all_masks(split, gates, lams, **arguments, **params.solver)
pd.DataFrame(rows).to_csv(snakemake.output[0], index=False, lineterminator="\n")
