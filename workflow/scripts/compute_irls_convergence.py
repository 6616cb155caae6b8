"""Compute what the figure `irls_convergence` shows."""

import numpy as np

from fixing_ntk.experiments.irls_convergence import irls_convergence
from fixing_ntk.logs import log_to

log_to(snakemake.log[0])
np.savez(snakemake.output[0], **irls_convergence(**snakemake.params.arguments))
