"""Draw the figure `wins_by_lambda`."""

import pandas as pd

from fixing_ntk.pipeline.logs import log_to
from fixing_ntk.report.figures import style
from fixing_ntk.report.figures.wins_by_lambda import draw

log_to(snakemake.log[0])
style.save(draw(pd.read_csv(snakemake.input.wins)), *snakemake.output)
