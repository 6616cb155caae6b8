"""Fit MKL at p = 4/3 with the NTK as one of the kernels on a block of splits of one dataset."""

from fixing_ntk.comparison import records
from fixing_ntk.comparison.between import fit_between, tune_between
from fixing_ntk.data import splits
from fixing_ntk.masks.split_gates import SHARED, draw_gates
from fixing_ntk.pipeline.logs import log_to

log_to(snakemake.log[0], snakemake.output)
params, protocol = snakemake.params, snakemake.wildcards.protocol
rows, tuning = [], None
for split in splits.load(snakemake.input.data, params.splits):
    gates = draw_gates(split, params.n_gates, params.seed, protocol)
    if protocol in SHARED and tuning is None:  # one choice for all splits
        tuning = tune_between(split, gates, params.ratios, params.tol)
    rows += fit_between(split, gates, params.ratios, params.tol, tuning=tuning)
records.write(snakemake.output[0], rows)
