"""Fit MKL to all rows of the user's table, and keep its masks and weights."""

import numpy as np

from fixing_ntk.data import own
from fixing_ntk.experiments.own_data import learn
from fixing_ntk.pipeline.logs import log_to

log_to(snakemake.log[0])
data = own.read(**snakemake.params.data)
np.savez(snakemake.output[0], **learn(data, **snakemake.params.fit))
