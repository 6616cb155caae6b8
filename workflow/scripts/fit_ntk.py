"""Fit the NTK on a block of splits of one dataset."""

from fixing_ntk.comparison import records
from fixing_ntk.comparison.ntk import fit_ntk
from fixing_ntk.data import splits
from fixing_ntk.masks.storage import load_masks
from fixing_ntk.pipeline.logs import log_to

log_to(snakemake.log[0], snakemake.output)
params, masks = snakemake.params, load_masks(snakemake.input.masks)
rows = [
    row
    for split in splits.load(snakemake.input.data, masks)
    for row in fit_ntk(split, masks[split.index], params.ratios, params.same_ratios, params.tol)
]
records.write(snakemake.output[0], rows)
