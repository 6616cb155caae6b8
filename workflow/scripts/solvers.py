"""Write the table `solvers`."""

from pathlib import Path

import pandas as pd

from fixing_ntk.pipeline.logs import log_to
from fixing_ntk.report.tables.solvers import solvers
from fixing_ntk.report.tables.write import write_table

log_to(snakemake.log[0])
rows = pd.concat(map(pd.read_csv, snakemake.input.rows), ignore_index=True)
table = solvers(rows, snakemake.params.failed)
write_table(Path(snakemake.output.csv).with_suffix(""), *table)
