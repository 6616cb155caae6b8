"""Write the table `solvers`."""

from pathlib import Path

import pandas as pd

from fixing_ntk import tables
from fixing_ntk.logs import log_to

log_to(snakemake.log[0])
rows = pd.concat(map(pd.read_csv, snakemake.input.rows), ignore_index=True)
table = tables.solvers(rows, snakemake.params.failed)
tables.write_table(Path(snakemake.output.csv).with_suffix(""), *table)
