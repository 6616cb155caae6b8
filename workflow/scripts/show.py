"""Write a result's table (CSV, Markdown, LaTeX, HTML, facts as JSON) and draw its figure."""

from importlib import import_module
from pathlib import Path

from fixing_ntk.pipeline.logs import log_to
from fixing_ntk.results.reading import read

log_to(snakemake.log[0], snakemake.output)
params, files = snakemake.params, dict([*snakemake.input.items(), *snakemake.output.items()])
parts = f"fixing_ntk.{params.folder.replace('/', '.')}"
if "csv" in files:
    from fixing_ntk.drawing.tables import write_table

    module = import_module(f"{parts}.table")
    given = {name: read(files[key]) for name, key in params.table.items()}
    table = getattr(module, Path(params.folder).name)(**given, **params.arguments)
    layout = {"latex_columns": module.LATEX_COLUMNS} if hasattr(module, "LATEX_COLUMNS") else {}
    write_table(Path(files["csv"]).with_suffix(""), table, **layout)
if "svg" in files:
    from fixing_ntk.drawing import style

    module = import_module(f"{parts}.figure")
    figure = module.draw(**{name: read(files[key]) for name, key in params.figure.items()})
    style.save(figure, files["svg"], files["png"])
