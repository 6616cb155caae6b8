"""Write the table `equivalences`."""

from pathlib import Path

import pandas as pd

from fixing_ntk.pipeline.logs import log_to
from fixing_ntk.report.tables.equivalences import LATEX_COLUMNS, equivalences
from fixing_ntk.report.tables.write import write_table

log_to(snakemake.log[0])
rows = pd.concat(map(pd.read_csv, snakemake.input.rows), ignore_index=True)
table = equivalences(rows)
stem = Path(snakemake.output.csv).with_suffix("")
write_table(stem, *table, latex_columns=LATEX_COLUMNS)
