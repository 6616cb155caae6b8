"""Compute what the figure `regularization_path` shows, on the example dataset's first split."""

import numpy as np

from fixing_ntk.data import splits
from fixing_ntk.experiments.regularization_path import regularization_path
from fixing_ntk.masks.storage import load_masks
from fixing_ntk.pipeline.logs import log_to

log_to(snakemake.log[0])
(split,) = splits.load(snakemake.input.data, [0])
masks = load_masks(snakemake.input.masks)[0]
np.savez(snakemake.output[0], **regularization_path(split, masks, **snakemake.params.arguments))
