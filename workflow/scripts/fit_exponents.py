"""Fit the programs between NTK and MKL that `fit_between` leaves out, on a block of splits."""

from fixing_ntk.comparison import records
from fixing_ntk.comparison.between import fit_exponents
from fixing_ntk.data import splits
from fixing_ntk.masks.split_gates import draw_gates
from fixing_ntk.pipeline.logs import log_to

log_to(snakemake.log[0], snakemake.output)
params, rows = snakemake.params, []
for split in splits.load(snakemake.input.data, params.splits):
    gates = draw_gates(split, params.n_gates, params.seed, snakemake.wildcards.protocol)
    rows += fit_exponents(split, gates, params.ratios, params.tol)
records.write(snakemake.output[0], rows)
