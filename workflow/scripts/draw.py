"""Draw one figure from arrays and tables."""

from importlib import import_module
from pathlib import Path

import numpy as np

from fixing_ntk.pipeline.logs import log_to
from fixing_ntk.report.figures import style

log_to(snakemake.log[0])
draw = import_module(f"fixing_ntk.report.figures.{snakemake.params.figure}").draw


def read(path):
    if Path(path).suffix == ".csv":
        import pandas as pd  # half a second that figures of arrays need not wait for

        return pd.read_csv(path)
    return dict(np.load(path, allow_pickle=False))


style.save(draw(*map(read, snakemake.input.data)), *snakemake.output)
