"""Gather accuracies with the squared loss and with the logistic one."""

import pandas as pd

from fixing_ntk.comparison import records
from fixing_ntk.comparison.by_loss import by_loss
from fixing_ntk.pipeline.logs import log_to

log_to(snakemake.log[0], snakemake.output)
files = snakemake.input
table = by_loss(
    pd.read_csv(files.chosen), records.read(files.between), records.read(files.logistic)
)
table.to_csv(snakemake.output[0], index=False, lineterminator="\n")
