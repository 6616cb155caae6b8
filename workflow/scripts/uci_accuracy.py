"""Write the table `uci_accuracy`."""

from pathlib import Path

import pandas as pd

from fixing_ntk import tables
from fixing_ntk.logs import log_to

log_to(snakemake.log[0])
table = tables.uci_accuracy(
    pd.read_csv(snakemake.input.tuned),
    pd.read_csv(snakemake.input.same),
    snakemake.wildcards.protocol,
    snakemake.params.reference,
    snakemake.params.failed,
)
tables.write_table(Path(snakemake.output.csv).with_suffix(""), *table)
