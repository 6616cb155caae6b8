"""Sample the masks of a block of splits, gates drawn from a stream of each split's own."""

from fixing_ntk.data import splits
from fixing_ntk.masks import MaskSet
from fixing_ntk.masks.storage import save_masks
from fixing_ntk.pipeline.logs import log_to
from fixing_ntk.seeds import stream

log_to(snakemake.log[0])
params, wildcards = snakemake.params, snakemake.wildcards
masks = {}
for split in splits.load(snakemake.input.data, params.splits):
    X, *_ = split.train_test()
    rng = stream(params.seed, wildcards.protocol, split.dataset, split.index, "gates")
    masks[split.index] = MaskSet.sample(X, params.n_gates, rng)
save_masks(snakemake.output[0], masks)
