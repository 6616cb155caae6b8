"""Fit MKL with early stopping on a block of splits of one dataset."""

from fixing_ntk.comparison import records
from fixing_ntk.comparison.early_stopping import fit_early_stopping, tune_early_stopping
from fixing_ntk.data import splits
from fixing_ntk.masks.storage import load_gates, load_masks
from fixing_ntk.pipeline.logs import log_to

log_to(snakemake.log[0], snakemake.output)
grids = dict(snakemake.params.grids, tol=snakemake.params.tol)
masks, gates = load_masks(snakemake.input.masks), load_gates(snakemake.input.masks)
mkl = records.read_rows(snakemake.input.mkl)
rows, tuning = [], None
for split in splits.load(snakemake.input.data, masks):
    if gates is not None and tuning is None:  # one choice for all splits
        tuning = tune_early_stopping(split, gates, **grids)
    of_split = [row for row in mkl if row["split"] == split.index]
    rows += fit_early_stopping(split, masks[split.index], of_split, tuning=tuning, **grids)
records.write(snakemake.output[0], rows)
