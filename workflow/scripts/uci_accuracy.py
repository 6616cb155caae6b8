"""Write the table `uci_accuracy`."""

from pathlib import Path

import pandas as pd

from fixing_ntk.pipeline.logs import log_to
from fixing_ntk.report.tables.uci_accuracy import uci_accuracy
from fixing_ntk.report.tables.write import write_table

log_to(snakemake.log[0])
table = uci_accuracy(
    pd.read_csv(snakemake.input.tuned),
    pd.read_csv(snakemake.input.same),
    snakemake.wildcards.protocol,
    snakemake.params.reference,
    snakemake.params.failed,
)
write_table(Path(snakemake.output.csv).with_suffix(""), *table)
