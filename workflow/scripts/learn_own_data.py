"""Fit every method to all rows of the user's table, and keep the models and what MKL learned."""

from pathlib import Path

import numpy as np
from sklearn.pipeline import make_pipeline

from fixing_ntk.comparison.own_pipelines import Settings
from fixing_ntk.comparison.own_predictions import file_of
from fixing_ntk.comparison.own_table import learn
from fixing_ntk.data import own
from fixing_ntk.estimators import persistence
from fixing_ntk.pipeline.logs import log_to

log_to(snakemake.log[0], snakemake.output)
data, fit = own.read(**snakemake.params.data), dict(snakemake.params.fit)
models, learned = learn(data, settings=Settings(**fit.pop("settings")), **fit)
np.savez(snakemake.output.learned, **learned)
folder = Path(snakemake.output.models)
folder.mkdir(exist_ok=True)
for method, model in models.items():
    whole = make_pipeline(data.reading, *model)  # it takes cells as they stand in a file
    persistence.save(whole, folder / file_of(method))
