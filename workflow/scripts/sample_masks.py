"""Sample the masks of a dataset, for all splits of each protocol."""

from fixing_ntk.data import splits
from fixing_ntk.masks import MaskSet
from fixing_ntk.masks.split_gates import SHARED, draw_gates
from fixing_ntk.masks.storage import save_masks
from fixing_ntk.pipeline.logs import log_to

log_to(snakemake.log[0], snakemake.output)
params = snakemake.params
data = dict(zip(dict(params.splits), snakemake.input.data, strict=True))
for output, (protocol, block) in zip(snakemake.output, params.splits, strict=True):
    masks = {}
    for split in splits.load(data[protocol], block):
        X, *_ = split.train_test()
        gates = draw_gates(split, params.n_gates, params.seed, protocol)
        masks[split.index] = MaskSet.from_gates(X, gates)
    # Gates that all splits share are kept: the one choice of a penalty for all is made with them.
    save_masks(output, masks, gates if protocol in SHARED else None)
