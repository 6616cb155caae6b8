"""Write one table: CSV, Markdown, LaTeX and HTML."""

from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd

from fixing_ntk.pipeline.logs import log_to
from fixing_ntk.report.tables.write import write_table

log_to(snakemake.log[0])
params, input_ = snakemake.params, snakemake.input


def frame(files):
    """One frame of one file or several, those without rows left out; or the arrays of a file."""
    files = [files] if isinstance(files, str) else files
    if files[0].endswith(".npz"):
        return dict(np.load(files[0], allow_pickle=False))
    frames = map(pd.read_csv, files)  # without rows, a column has no type
    return pd.concat([one for one in frames if len(one)], ignore_index=True)


module = import_module(f"fixing_ntk.report.tables.{params.table}")
frames = {name: frame(input_[name]) for name in params.frames}
table = getattr(module, params.table)(**frames, **params.arguments)
layout = {"latex_columns": module.LATEX_COLUMNS} if hasattr(module, "LATEX_COLUMNS") else {}
write_table(Path(snakemake.output.csv).with_suffix(""), *table, **layout)
