"""Draw the figure `mask_weights`."""

import numpy as np

from fixing_ntk.masks.storage import load_masks
from fixing_ntk.pipeline.logs import log_to
from fixing_ntk.report.figures import style
from fixing_ntk.report.figures.mask_weights import draw

log_to(snakemake.log[0])
ntk_weights = load_masks(snakemake.input.masks)[0].ntk_weights
with (
    np.load(snakemake.input.weights, allow_pickle=False) as learned,
    np.load(snakemake.input.fit_1d, allow_pickle=False) as fit_1d,
):
    dataset = snakemake.config["example_dataset"]
    fig = draw(fit_1d, dataset, ntk_weights, learned["0/eta"], learned["0/gap"])
style.save(fig, *snakemake.output)
