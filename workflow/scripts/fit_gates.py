"""Fit MKL with another number of gates on a block of splits of one dataset."""

from fixing_ntk.comparison import records
from fixing_ntk.comparison.mkl import fit_mkl
from fixing_ntk.data import splits
from fixing_ntk.masks import MaskSet
from fixing_ntk.masks.split_gates import nested_gates
from fixing_ntk.pipeline.logs import log_to

log_to(snakemake.log[0], snakemake.output)
params, protocol = snakemake.params, snakemake.wildcards.protocol
count, rows = int(snakemake.wildcards.gates), []
for split in splits.load(snakemake.input.data, params.splits):
    X, *_ = split.train_test()
    gates = nested_gates(split, count, params.n_gates, params.seed, protocol)
    masks = MaskSet.from_gates(X, gates)
    rows += fit_mkl(split, masks, params.ratios, (), params.tol, **params.solver)[0]
records.write(snakemake.output[0], rows)
