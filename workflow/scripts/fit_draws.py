"""Fit NTK and MKL at every penalty of their grids on a block of splits of one dataset."""

from fixing_ntk.comparison import records
from fixing_ntk.comparison.mkl import fit_mkl_grids
from fixing_ntk.comparison.ntk import fit_ntk_grids
from fixing_ntk.data import splits
from fixing_ntk.masks import MaskSet
from fixing_ntk.masks.split_gates import draw_gates
from fixing_ntk.pipeline.logs import log_to

log_to(snakemake.log[0], snakemake.output)
params = snakemake.params
grids = dict(same_ratios=params.same_ratios, tol=params.tol)
rows = []
# The first of these splits, and their gates, are those of protocol full.
names = (params.seed, "full")
for split in splits.draw(snakemake.input.data, params.splits, params.test_size, *names):
    X, *_ = split.train_test()
    masks = MaskSet.from_gates(X, draw_gates(split, params.n_gates, *names))
    rows += fit_ntk_grids(split, masks, params.ntk_ratios, **grids)
    rows += fit_mkl_grids(split, masks, params.mkl_ratios, **grids, **params.solver)
columns = ["dataset", "split", "method", "stage", "ratio", "correct", "total", "gap"]
records.write(snakemake.output[0], [{key: row[key] for key in columns} for row in rows], columns)
