"""Fit MKL over masking kernels on a block of splits of one dataset."""

import numpy as np

from fixing_ntk.comparison import records
from fixing_ntk.comparison.mkl import fit_mkl, tune_mkl
from fixing_ntk.data import splits
from fixing_ntk.masks.storage import load_gates, load_masks
from fixing_ntk.pipeline.logs import log_to

log_to(snakemake.log[0], snakemake.output)
params = snakemake.params
masks, gates = load_masks(snakemake.input.masks), load_gates(snakemake.input.masks)
rows, learned, tuning = [], {}, None
for split in splits.load(snakemake.input.data, masks):
    if gates is not None and tuning is None:  # one choice for all splits
        tuning = tune_mkl(split, gates, params.ratios, params.tol, **params.solver)
    fits, tuned = fit_mkl(
        split,
        masks[split.index],
        params.ratios,
        params.same_ratios,
        params.tol,
        tuning,
        **params.solver,
    )
    rows += fits
    learned[f"{split.index}/eta"] = tuned.eta
    learned[f"{split.index}/gap"] = tuned.gap
    learned[f"{split.index}/active"] = tuned.active
    learned[f"{split.index}/weights"] = tuned.active_weights
records.write(snakemake.output.records, rows)
np.savez(snakemake.output.weights, **learned)
