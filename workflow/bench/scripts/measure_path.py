"""Time paths of penalties by the default solver beside their last points alone."""

import pandas as pd

from fixing_ntk.benchmark import instances, path
from fixing_ntk.pipeline.logs import log_to

log_to(snakemake.log[0])
instance = instances.load(snakemake.input.instance)
rows = pd.DataFrame(path.measure(instance, **snakemake.params.arguments))
rows.to_csv(snakemake.output[0], index=False)
