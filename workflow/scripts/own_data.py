"""Write the table and draw the figure of the user's own data."""

from pathlib import Path

import numpy as np
import pandas as pd

from fixing_ntk.data import own
from fixing_ntk.pipeline.logs import log_to
from fixing_ntk.report.figures import style
from fixing_ntk.report.figures.own_data import draw
from fixing_ntk.report.tables.own_data import own_data
from fixing_ntk.report.tables.write import write_table

log_to(snakemake.log[0])
data = own.read(**snakemake.params.data)
rows = pd.concat(map(pd.read_csv, snakemake.input.rows), ignore_index=True)
stem = Path(snakemake.output.csv).with_suffix("")
write_table(stem, *own_data(rows, data.task))
with np.load(snakemake.input.learned[0], allow_pickle=False) as learned:
    fig = draw(rows, learned, data.name, data.task)
style.save(fig, snakemake.output.svg, snakemake.output.png)
