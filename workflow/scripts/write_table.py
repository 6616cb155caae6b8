"""Write one table: CSV, Markdown, LaTeX and HTML, and its facts as JSON."""

from importlib import import_module
from pathlib import Path

from fixing_ntk.drawing.tables import write_table
from fixing_ntk.pipeline.logs import log_to
from fixing_ntk.results.reading import read

log_to(snakemake.log[0], snakemake.output)
params = snakemake.params
module = import_module(f"fixing_ntk.{params.module.replace('/', '.')}")
inputs = {name: read(snakemake.input[name]) for name in params.names}
table = getattr(module, params.function)(**inputs, **params.arguments)
layout = {"latex_columns": module.LATEX_COLUMNS} if hasattr(module, "LATEX_COLUMNS") else {}
write_table(Path(snakemake.output.csv).with_suffix(""), table, **layout)
