"""Gather the records of a protocol, and compare NTK and MKL, each tuned and at the same λ."""

from itertools import groupby
from pathlib import Path

import pandas as pd

from fixing_ntk.comparison import records
from fixing_ntk.comparison.accuracies import same_lambda, tuned, wins_by_lambda
from fixing_ntk.pipeline.logs import log_to

log_to(snakemake.log[0], snakemake.output)
chosen, common = [], []
# One dataset after another: with many splits, the records of all would not fit in memory.
with open(snakemake.output.records, "w", encoding="utf-8", newline="") as f:
    for _, paths in groupby(snakemake.input.records, lambda path: Path(path).parent):
        fits = records.read(paths)
        fits.to_csv(f, index=False, lineterminator="\n", header=not chosen)
        chosen.append(tuned(fits))
        common.append(same_lambda(fits))
same = pd.concat(common, ignore_index=True)
for path, frame in (
    (snakemake.output.tuned, pd.concat(chosen, ignore_index=True)),
    (snakemake.output.same, same),
    (snakemake.output.wins, wins_by_lambda(same)),
):
    frame.to_csv(path, index=False, lineterminator="\n")
