"""Fit one program to the gates of all draws on a block of splits of one dataset."""

import pandas as pd

from fixing_ntk.comparison import records
from fixing_ntk.comparison.averaging import fit_one_program
from fixing_ntk.data import splits
from fixing_ntk.masks.split_gates import draw_gates
from fixing_ntk.pipeline.logs import log_to

log_to(snakemake.log[0], snakemake.output)
params, protocol = snakemake.params, snakemake.wildcards.protocol
lams = pd.read_csv(snakemake.input.points).groupby("split").union_lam.first()
rows, points = [], []
for split in splits.load(snakemake.input.data, params.splits):
    gates = [
        draw_gates(split, params.n_gates, params.seed, protocol, b) for b in range(params.draws)
    ]
    lam = float(lams[split.index])
    fits, at = fit_one_program(split, gates, lam, params.ratios, params.tol, **params.solver)
    rows, points = rows + fits, points + at
records.write(snakemake.output.records, rows)
pd.DataFrame(points).to_csv(snakemake.output.points, index=False, lineterminator="\n")
