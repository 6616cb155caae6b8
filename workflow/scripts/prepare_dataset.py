"""Read one dataset and draw the splits and folds of every protocol."""

import numpy as np

from fixing_ntk.data import catalog, splits
from fixing_ntk.pipeline.logs import log_to

log_to(snakemake.log[0])
name, params = snakemake.wildcards.dataset, snakemake.params
for (protocol, n_splits), path in zip(params.n_splits.items(), snakemake.output, strict=True):
    dataset = catalog.load(name, snakemake.input.raw, pool=protocol == "full")
    folds = [
        splits.assign_folds(
            dataset.y, params.test_size, params.folds, params.seed, protocol, dataset.name, split
        )
        for split in range(n_splits)
    ]
    splits.save(path, dataset, np.array(folds))
