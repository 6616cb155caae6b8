"""Compute what the figure `fit_1d` shows."""

import numpy as np

from fixing_ntk.experiments.fit_1d import fit_1d
from fixing_ntk.logs import log_to

log_to(snakemake.log[0])
np.savez(snakemake.output[0], **fit_1d(**snakemake.params.arguments))
