"""Fit every method to one split of the user's table."""

import pandas as pd

from fixing_ntk.comparison.own_table import compare
from fixing_ntk.comparison.pipelines import Settings
from fixing_ntk.data import own
from fixing_ntk.pipeline.logs import log_to

log_to(snakemake.log[0])
data, fit = own.read(**snakemake.params.data), dict(snakemake.params.fit)
settings = Settings(**fit.pop("settings"))
rows, curves = compare(data, int(snakemake.wildcards.split), settings=settings, **fit)
columns = ["method", "split", "bin", "count", "predicted", "there"]
for path, frame in (
    (snakemake.output.rows, pd.DataFrame(rows)),
    (snakemake.output.curves, pd.DataFrame(curves, columns=columns)),
):
    frame.to_csv(path, index=False, lineterminator="\n")
