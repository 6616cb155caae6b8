"""Measure time and memory of the default solver as n, d or p grows."""

import logging

import pandas as pd

from fixing_ntk.benchmark.scaling import measure
from fixing_ntk.pipeline.logs import log_to

log_to(snakemake.log[0])
arguments = dict(snakemake.params.arguments)
axis = snakemake.wildcards.axis
values = {key: arguments.pop(key) for key in ("n", "d", "p")}[axis]
rows = []
for row in measure(axis, values, **arguments):
    logging.info("%s = %d, ratio %g: %.3g s", axis, row["value"], row["ratio"], row["seconds"])
    rows.append(row)
pd.DataFrame(rows).to_csv(snakemake.output[0], index=False)
