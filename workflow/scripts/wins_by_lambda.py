"""Write the table `wins_by_lambda`."""

from pathlib import Path

import pandas as pd

from fixing_ntk.pipeline.logs import log_to
from fixing_ntk.report.tables.wins_by_lambda import wins_by_lambda
from fixing_ntk.report.tables.write import write_table

log_to(snakemake.log[0])
table = wins_by_lambda(pd.read_csv(snakemake.input.wins), snakemake.params.failed)
write_table(Path(snakemake.output.csv).with_suffix(""), *table)
