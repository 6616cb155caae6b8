"""Write the table `baselines`."""

from pathlib import Path

import pandas as pd

from fixing_ntk.pipeline.logs import log_to
from fixing_ntk.report.tables.baselines import baselines
from fixing_ntk.report.tables.write import write_table

log_to(snakemake.log[0])
table = baselines(
    pd.read_csv(snakemake.input.tuned),
    pd.concat(map(pd.read_csv, snakemake.input.rows), ignore_index=True),
    snakemake.wildcards.protocol,
    snakemake.params.failed,
)
write_table(Path(snakemake.output.csv).with_suffix(""), *table)
