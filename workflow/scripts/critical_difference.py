"""Draw the figure `critical_difference`."""

import pandas as pd

from fixing_ntk.figures import style
from fixing_ntk.figures.critical_difference import draw
from fixing_ntk.logs import log_to

log_to(snakemake.log[0])
style.save(draw(pd.read_csv(snakemake.input.table)), *snakemake.output)
