"""Read one dataset and write the splits of every protocol."""

import numpy as np

from fixing_ntk.data import catalog, partitions, splits
from fixing_ntk.pipeline.logs import log_to

log_to(snakemake.log[0], snakemake.output)
name, raw, params = snakemake.wildcards.dataset, snakemake.input.raw, snakemake.params
own = None
if params.table:
    from fixing_ntk.data import own_datasets  # half a second that the named sets need not wait for

    own = own_datasets.load(params.table)
for (protocol, n_splits), path in zip(params.n_splits.items(), snakemake.output, strict=True):
    dataset = own or catalog.load(name, raw, pool=protocol == "full")
    if protocol == "folds":
        splits.save_partition(path, dataset, partitions.read_partition(raw, dataset.y))
        continue
    folds = [
        splits.assign_folds(
            dataset.y, params.test_size, params.folds, params.seed, protocol, dataset.name, split
        )
        for split in range(n_splits)
    ]
    splits.save(path, dataset, np.array(folds))
