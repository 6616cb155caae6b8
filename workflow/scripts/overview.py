"""Write the page that shows every figure and table in order, after the run's verdict."""

import json
from pathlib import Path

from fixing_ntk.pipeline.logs import log_to
from fixing_ntk.results.pages.opening import opening
from fixing_ntk.results.pages.overview import overview

log_to(snakemake.log[0], snakemake.output)


def read(path):
    return json.loads(Path(path).read_text(encoding="utf-8"))


said = [read(path)["sentence"] for path in snakemake.input.verdict]
said += opening({Path(path).stem: read(path) for path in snakemake.input.facts})
page = overview(verdict=said, **snakemake.params.page)
Path(snakemake.output[0]).write_text(page, encoding="utf-8")
