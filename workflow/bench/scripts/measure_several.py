"""Time one call for several targets beside a call for each target."""

import pandas as pd

from fixing_ntk.benchmark.several import measure
from fixing_ntk.pipeline.logs import log_to

log_to(snakemake.log[0])
rows = pd.DataFrame(measure(**snakemake.params.arguments))
rows.to_csv(snakemake.output[0], index=False)
