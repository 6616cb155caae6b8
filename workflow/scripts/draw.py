"""Draw one figure from arrays and tables."""

from importlib import import_module

from fixing_ntk.drawing import style
from fixing_ntk.pipeline.logs import log_to
from fixing_ntk.results.reading import read

log_to(snakemake.log[0], snakemake.output)
module = import_module(f"fixing_ntk.{snakemake.params.module.replace('/', '.')}")
figure = module.draw(**{name: read(snakemake.input[name]) for name in snakemake.params.names})
style.save(figure, snakemake.output.svg, snakemake.output.png)
