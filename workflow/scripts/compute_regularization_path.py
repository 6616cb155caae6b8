"""Compute what the figure `regularization_path` shows, on the example dataset's first split."""

import numpy as np

from fixing_ntk.data import splits
from fixing_ntk.experiments.regularization_path import regularization_path
from fixing_ntk.logs import log_to
from fixing_ntk.masks import load_masks

log_to(snakemake.log[0])
(split,) = splits.load(snakemake.input.data, [0])
masks = load_masks(snakemake.input.masks)[0]
np.savez(snakemake.output[0], **regularization_path(split, masks, **snakemake.params.arguments))
