"""Write the page that shows every figure and table in order."""

import json
from pathlib import Path

from fixing_ntk.pipeline.logs import log_to
from fixing_ntk.results.pages.overview import overview

log_to(snakemake.log[0], snakemake.output)
page = dict(snakemake.params.page)
for verdict in snakemake.input.verdict:
    page["lead"] = json.loads(Path(verdict).read_text(encoding="utf-8"))["sentence"]
Path(snakemake.output[0]).write_text(overview(**page), encoding="utf-8")
