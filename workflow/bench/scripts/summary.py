"""Write the tables of paths, several targets and scaling, and draw the figure of scaling."""

from pathlib import Path

from fixing_ntk.benchmark import figures, summary, tables
from fixing_ntk.drawing import style
from fixing_ntk.drawing.tables import write_table
from fixing_ntk.pipeline.logs import log_to
from fixing_ntk.pipeline.provenance import write_origin

log_to(snakemake.log[0])
folder = Path(snakemake.params.folder)
write_table(folder / "tables/path", tables.path(summary.gather(snakemake.input.path)))
write_table(folder / "tables/several", tables.several(summary.gather([snakemake.input.several])))
sizes = summary.gather(snakemake.input.scaling)
write_table(folder / "tables/scaling", tables.scaling(sizes))
style.save(figures.scaling(sizes), *(folder / f"figures/scaling.{kind}" for kind in ("svg", "png")))
write_origin(snakemake.output.manifest)
