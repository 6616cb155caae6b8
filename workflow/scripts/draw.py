"""Draw the figure of one or more experiments."""

from importlib import import_module

import numpy as np

from fixing_ntk.pipeline.logs import log_to
from fixing_ntk.report.figures import style

log_to(snakemake.log[0])
draw = import_module(f"fixing_ntk.report.figures.{snakemake.params.figure}").draw
data = [dict(np.load(path, allow_pickle=False)) for path in snakemake.input.data]
style.save(draw(*data), *snakemake.output)
