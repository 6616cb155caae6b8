"""Write the table `wins_by_lambda`."""

from pathlib import Path

import pandas as pd

from fixing_ntk import tables
from fixing_ntk.logs import log_to

log_to(snakemake.log[0])
table = tables.same_lambda(pd.read_csv(snakemake.input.wins), snakemake.params.failed)
tables.write_table(Path(snakemake.output.csv).with_suffix(""), *table)
