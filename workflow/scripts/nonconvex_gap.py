"""Draw the figure `nonconvex_gap`."""

import numpy as np

from fixing_ntk.figures import style
from fixing_ntk.figures.nonconvex_gap import draw
from fixing_ntk.logs import log_to

log_to(snakemake.log[0])
with np.load(snakemake.input.data, allow_pickle=False) as data:
    style.save(draw(data), *snakemake.output)
