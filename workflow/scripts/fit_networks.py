"""Train networks by gradients on one dataset's first split."""

import pandas as pd

from fixing_ntk.comparison import records
from fixing_ntk.comparison.trained_networks import fit_networks
from fixing_ntk.data import splits
from fixing_ntk.masks.storage import load_masks
from fixing_ntk.pipeline.logs import log_to

log_to(snakemake.log[0], snakemake.output)
files, params = snakemake.input, snakemake.params
(split,) = splits.load(files.data, [0])
fits = [row for path in (files.ntk, files.mkl) for row in records.read_rows(path)]
rows = fit_networks(split, load_masks(files.masks)[0], fits, **params.arguments, **params.settings)
pd.DataFrame(rows).to_csv(snakemake.output[0], index=False, lineterminator="\n")
