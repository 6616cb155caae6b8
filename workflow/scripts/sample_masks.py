"""Sample the masks of a block of splits."""

from fixing_ntk.data import splits
from fixing_ntk.masks import MaskSet
from fixing_ntk.masks.split_gates import SHARED, draw_gates
from fixing_ntk.masks.storage import save_masks
from fixing_ntk.pipeline.logs import log_to

log_to(snakemake.log[0])
params, protocol = snakemake.params, snakemake.wildcards.protocol
masks = {}
for split in splits.load(snakemake.input.data, params.splits):
    X, *_ = split.train_test()
    gates = draw_gates(split, params.n_gates, params.seed, protocol)
    masks[split.index] = MaskSet.from_gates(X, gates)
# What all splits share, their one choice of a penalty is made with.
save_masks(snakemake.output[0], masks, gates if protocol in SHARED else None)
