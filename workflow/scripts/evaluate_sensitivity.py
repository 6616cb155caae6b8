"""Gather accuracies with other gates, other draws, a wider grid, and an intercept."""

import re

import pandas as pd

from fixing_ntk.comparison import records
from fixing_ntk.comparison.sensitivity import variants
from fixing_ntk.pipeline.logs import log_to

log_to(snakemake.log[0], snakemake.output)
files, n_gates = snakemake.input, snakemake.params.n_gates
by_gates: dict = {}
for path in files.gates:
    count = int(re.search(r"mkl_(\d+)_gates_", path)[1])
    by_gates.setdefault(count, []).append(path)
table = variants(
    pd.read_csv(files.chosen),
    records.read(files.draws),
    {count: records.read(paths) for count, paths in by_gates.items()},
    records.read(files.ntk),
    records.read(files.intercept),
    n_gates,
)
table.to_csv(snakemake.output[0], index=False, lineterminator="\n")
