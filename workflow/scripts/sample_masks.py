"""Sample the masks of a block of splits, gates from a stream of each split's own or of all."""

from fixing_ntk.data import splits
from fixing_ntk.masks import MaskSet
from fixing_ntk.masks.storage import save_masks
from fixing_ntk.pipeline.logs import log_to
from fixing_ntk.seeds import stream

log_to(snakemake.log[0])
params, wildcards = snakemake.params, snakemake.wildcards
# Where one penalty serves all splits, it is chosen with the gates that all of them have.
shared = wildcards.protocol == "folds"
masks = {}
for split in splits.load(snakemake.input.data, params.splits):
    X, *_ = split.train_test()
    own = () if shared else (split.index,)
    rng = stream(params.seed, wildcards.protocol, split.dataset, *own, "gates")
    gates = rng.standard_normal((X.shape[1], params.n_gates))
    masks[split.index] = MaskSet.from_gates(X, gates)
save_masks(snakemake.output[0], masks, gates if shared else None)
