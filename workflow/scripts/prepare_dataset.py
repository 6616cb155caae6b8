"""Read one dataset and draw its splits and folds."""

import numpy as np

from fixing_ntk.data import catalog, splits
from fixing_ntk.logs import log_to

log_to(snakemake.log[0])
protocol, params = snakemake.wildcards.protocol, snakemake.params
dataset = catalog.load(snakemake.wildcards.dataset, snakemake.input.raw, pool=protocol == "full")
folds = [
    splits.assign_folds(
        dataset.y, params.test_size, params.folds, params.seed, protocol, dataset.name, split
    )
    for split in range(params.n_splits)
]
splits.save(snakemake.output[0], dataset, np.array(folds))
