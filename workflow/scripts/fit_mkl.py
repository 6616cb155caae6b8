"""Fit MKL over masking kernels on a block of splits of one dataset."""

import numpy as np

from fixing_ntk.data import splits
from fixing_ntk.evaluation import records
from fixing_ntk.experiments.fit_mkl import fit_mkl
from fixing_ntk.masks.storage import load_masks
from fixing_ntk.pipeline.logs import log_to

log_to(snakemake.log[0])
params, masks = snakemake.params, load_masks(snakemake.input.masks)
solver = {"method": params.solver}
if params.solver == "conic":
    solver["backend"] = params.backend
rows, learned = [], {}
for split in splits.load(snakemake.input.data, masks):
    fits, tuned = fit_mkl(
        split, masks[split.index], params.ratios, params.same_ratios, params.tol, **solver
    )
    rows += fits
    learned[f"{split.index}/eta"] = tuned.eta
    learned[f"{split.index}/gap"] = tuned.gap
records.write(snakemake.output.records, rows)
np.savez(snakemake.output.weights, **learned)
