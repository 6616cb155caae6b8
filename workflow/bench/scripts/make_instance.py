"""Prepare a dataset and sample its masks."""

from fixing_ntk.benchmark import instances
from fixing_ntk.data.readers import read_uci
from fixing_ntk.pipeline.logs import log_to

log_to(snakemake.log[0])
dataset = read_uci(snakemake.input.raw, snakemake.wildcards.dataset, pool=True)
params = snakemake.params
instances.save(snakemake.output[0], instances.make(dataset, params.n_gates, params.seed))
