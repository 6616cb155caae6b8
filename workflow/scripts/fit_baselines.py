"""Fit the baselines on a block of splits of one dataset."""

import pandas as pd

from fixing_ntk.comparison.baselines import fit_baselines
from fixing_ntk.data import splits
from fixing_ntk.pipeline.logs import log_to

log_to(snakemake.log[0], snakemake.output)
rows = [
    row
    for split in splits.load(snakemake.input.data, snakemake.params.splits)
    for row in fit_baselines(split, **snakemake.params.settings)
]
pd.DataFrame(rows).to_csv(snakemake.output[0], index=False, lineterminator="\n")
