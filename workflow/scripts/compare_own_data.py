"""Fit every method to one split of the user's table."""

import pandas as pd

from fixing_ntk.comparison.own_pipelines import Settings
from fixing_ntk.comparison.own_table import compare
from fixing_ntk.data import own
from fixing_ntk.pipeline.logs import log_to

log_to(snakemake.log[0], snakemake.output)
data, fit = own.read(**snakemake.params.data), dict(snakemake.params.fit)
settings = Settings(**fit.pop("settings"))
rows, curves, confusion = compare(data, int(snakemake.wildcards.split), settings=settings, **fit)
of_curves = ["method", "split", "bin", "count", "predicted", "there"]
of_confusion = ["method", "split", "label", "predicted", "count"]
for path, frame in (
    (snakemake.output.rows, pd.DataFrame(rows)),
    (snakemake.output.curves, pd.DataFrame(curves, columns=of_curves)),
    (snakemake.output.confusion, pd.DataFrame(confusion, columns=of_confusion)),
):
    frame.to_csv(path, index=False, lineterminator="\n")
