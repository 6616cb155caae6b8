"""Write the page that shows every figure and table in order."""

from pathlib import Path

from fixing_ntk.pipeline.logs import log_to
from fixing_ntk.report.pages import overview

log_to(snakemake.log[0])
Path(snakemake.output[0]).write_text(overview(**snakemake.params.page))
