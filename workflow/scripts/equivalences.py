"""Write the table `equivalences`."""

from pathlib import Path

import pandas as pd

from fixing_ntk import tables
from fixing_ntk.logs import log_to

log_to(snakemake.log[0])
rows = pd.concat(map(pd.read_csv, snakemake.input.rows), ignore_index=True)
table = tables.equivalences(rows)
stem = Path(snakemake.output.csv).with_suffix("")
tables.write_table(stem, *table, latex_columns=tables.CLAIM_COLUMNS)
