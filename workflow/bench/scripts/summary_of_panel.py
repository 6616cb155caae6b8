"""Write a panel's tables and draw its figures from the rows of its runs."""

from pathlib import Path

from fixing_ntk.benchmark import figures, summary, tables
from fixing_ntk.drawing import style
from fixing_ntk.drawing.tables import write_table
from fixing_ntk.pipeline.logs import log_to
from fixing_ntk.pipeline.provenance import write_origin

log_to(snakemake.log[0])
params, folder = snakemake.params, Path(snakemake.params.folder)
rows, prefix = summary.gather(snakemake.input.rows), params.prefix
write_table(folder / f"tables/{prefix}ratios", tables.ratios(rows, params.ours))
write_table(folder / f"tables/{prefix}times", tables.times(rows, params.time_limit))
for name, figure in {
    "performance_profile": figures.performance_profile(rows),
    "panel_times": figures.panel_times(rows, rows.gap.min()),
    "memory": figures.memory(rows),
}.items():
    style.save(figure, *(folder / f"figures/{prefix}{name}.{kind}" for kind in ("svg", "png")))
write_origin(snakemake.output.manifest)
