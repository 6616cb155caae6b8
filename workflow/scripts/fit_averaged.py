"""Fit MKL on further draws of the gates on a block of splits of one dataset, and average."""

import numpy as np
import pandas as pd

from fixing_ntk.comparison import records
from fixing_ntk.comparison.averaging import fit_averaged
from fixing_ntk.data import splits
from fixing_ntk.masks.split_gates import draw_gates
from fixing_ntk.pipeline.logs import log_to

log_to(snakemake.log[0], snakemake.output)
params, protocol = snakemake.params, snakemake.wildcards.protocol
fitted = [row for path in snakemake.input.records for row in records.read_rows(path)]
learned = np.load(snakemake.input.weights, allow_pickle=False)
rows, points = [], []
for split in splits.load(snakemake.input.data, params.splits):
    s = split.index
    gates = [
        draw_gates(split, params.n_gates, params.seed, protocol, b) for b in range(params.draws)
    ]
    tuned = {row["method"]: row for row in fitted if (row["split"], row["stage"]) == (s, "tuned")}
    first = learned[f"{s}/active"], learned[f"{s}/weights"]
    grids = params.ratios, params.ntk_ratios
    fits, at = fit_averaged(split, gates, tuned, first, *grids, params.tol, **params.solver)
    rows, points = rows + fits, points + at
records.write(snakemake.output.records, rows)
pd.DataFrame(points).to_csv(snakemake.output.points, index=False, lineterminator="\n")
