"""Fit with another loss, or with an intercept, on a block of splits of one dataset."""

from fixing_ntk.comparison import records
from fixing_ntk.comparison.losses import fit_variant
from fixing_ntk.data import splits
from fixing_ntk.masks.split_gates import draw_gates
from fixing_ntk.pipeline.logs import log_to

log_to(snakemake.log[0], snakemake.output)
params, wildcards, rows = snakemake.params, snakemake.wildcards, []
for split in splits.load(snakemake.input.data, params.splits):
    gates = draw_gates(split, params.n_gates, params.seed, wildcards.protocol)
    rows += fit_variant(
        split, gates, params.ratios, params.ntk_ratios, params.tol, wildcards.variant
    )
records.write(snakemake.output[0], rows)
