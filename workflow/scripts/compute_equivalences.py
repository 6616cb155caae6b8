"""Check claims of the paper on one small problem and on the fits of the accuracy table."""

import sys

import pandas as pd

from fixing_ntk.claims import COLUMNS, failures
from fixing_ntk.experiments.equivalences import equivalences
from fixing_ntk.logs import log_to

log_to(snakemake.log[0])
rows = equivalences(pd.read_csv(snakemake.input.records), **snakemake.params.arguments)
if failures(rows):
    sys.exit("\n".join(failures(rows)))
table = pd.DataFrame([dict(row, experiment="equivalences") for row in rows], columns=COLUMNS)
table.to_csv(snakemake.output[0], index=False, lineterminator="\n")
