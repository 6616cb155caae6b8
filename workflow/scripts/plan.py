"""Print what a run asks of a cluster."""

from pathlib import Path

import pandas as pd
import yaml

from fixing_ntk.data import catalog
from fixing_ntk.pipeline.logs import log_to
from fixing_ntk.pipeline.needs import Needs
from fixing_ntk.pipeline.plan import Plan

log_to(snakemake.log[0])
config = snakemake.params.config
at_a_time = yaml.safe_load(Path(snakemake.params.profile).read_text())["jobs"]
plan = Plan(config, Needs(snakemake.params.model, config, snakemake.params.sizes), at_a_time)
rows = plan.rows(snakemake.params.experiments)
table = pd.DataFrame(rows)
table["cpu_hours"] = table.cpu_hours.map("{:,.2f}".format)
for column in ("jobs", "minutes", "mb", "files"):
    table[column] = table[column].map("{:,}".format)
table = table.set_index("name").rename_axis(None)
table.columns = ["jobs", "CPU hours", "minutes asked", "MB asked", "files"]
made_of = config["data"] or f"{len(catalog.expand(config['datasets']))} datasets"
print(
    f"results/{config['name']}: {made_of}, at most {at_a_time} Slurm jobs at a time; those that "
    f"share one ask for at most {plan.goal:.0f} minutes together.\n"
    "CPU hours are predicted; minutes and MB are the most that one job asks for.\n"
)
print(table.to_string())
print("\n" + plan.before_the_first(sum(row.jobs for row in rows[:-1])))
