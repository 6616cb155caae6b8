"""Draw the figure `uci_accuracy`."""

import pandas as pd

from fixing_ntk.pipeline.logs import log_to
from fixing_ntk.report.figures import style
from fixing_ntk.report.figures.uci_accuracy import draw

log_to(snakemake.log[0])
style.save(draw(pd.read_csv(snakemake.input.table)), *snakemake.output)
