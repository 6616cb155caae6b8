"""Write the benchmark's tables and draw its figures from the rows of all runs."""

from pathlib import Path

from fixing_ntk.benchmark import figures, summary, tables
from fixing_ntk.drawing import style
from fixing_ntk.drawing.tables import write_table
from fixing_ntk.pipeline import provenance
from fixing_ntk.pipeline.logs import log_to

log_to(snakemake.log[0])
params, folder = snakemake.params, Path(snakemake.params.folder)
drawn = {}
for panel, ours in params.ours.items():
    rows, prefix = summary.gather(snakemake.input[panel]), "" if panel == "gated" else f"{panel}_"
    write_table(folder / f"tables/{prefix}ratios", tables.ratios(rows, ours))
    write_table(folder / f"tables/{prefix}times", tables.times(rows, params.time_limit))
    drawn |= {
        f"{prefix}performance_profile": figures.performance_profile(rows),
        f"{prefix}panel_times": figures.panel_times(rows, rows.gap.min()),
        f"{prefix}memory": figures.memory(rows),
    }
write_table(folder / "tables/path", tables.path(summary.gather(snakemake.input.path)))
write_table(folder / "tables/several", tables.several(summary.gather([snakemake.input.several])))
sizes = summary.gather(snakemake.input.scaling)
write_table(folder / "tables/scaling", tables.scaling(sizes))
drawn["scaling"] = figures.scaling(sizes)
for name, figure in drawn.items():
    style.save(figure, *(folder / f"figures/{name}.{kind}" for kind in ("svg", "png")))
provenance.write(
    snakemake.output.manifest,
    {what: getattr(provenance, what)() for what in ("commit", "machine", "versions")},
)
