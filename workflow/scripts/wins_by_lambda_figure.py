"""Draw the figure `wins_by_lambda`."""

import pandas as pd

from fixing_ntk.figures import style
from fixing_ntk.figures.wins_by_lambda import draw
from fixing_ntk.logs import log_to

log_to(snakemake.log[0])
style.save(draw(pd.read_csv(snakemake.input.wins)), *snakemake.output)
