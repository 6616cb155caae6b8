"""Gather accuracies at every exponent p, and at the p that cross-validation chooses."""

import pandas as pd

from fixing_ntk.comparison import records
from fixing_ntk.comparison.exponents import by_exponent
from fixing_ntk.pipeline.logs import log_to

log_to(snakemake.log[0], snakemake.output)
files = snakemake.input
table = by_exponent(pd.read_csv(files.chosen), records.read(files.mkl), records.read(files.between))
table.to_csv(snakemake.output[0], index=False, lineterminator="\n")
