"""Gather the accuracies of a protocol's tuned methods: NTK, MKL, and the methods between them."""

from itertools import groupby
from pathlib import Path

import pandas as pd

from fixing_ntk.comparison import records
from fixing_ntk.comparison.accuracies import tuned
from fixing_ntk.pipeline.logs import log_to

log_to(snakemake.log[0], snakemake.output)
of_datasets = groupby(snakemake.input.records, lambda path: Path(path).parent)
chosen = [tuned(records.read(paths)) for _, paths in of_datasets]
pd.concat(chosen, ignore_index=True).to_csv(snakemake.output[0], index=False, lineterminator="\n")
