"""Say which method to take on the user's table."""

import json
from pathlib import Path

import pandas as pd

from fixing_ntk.comparison.verdict import sentence, verdict
from fixing_ntk.pipeline.logs import log_to

log_to(snakemake.log[0])
rows = pd.concat(map(pd.read_csv, snakemake.input.rows), ignore_index=True)
found = verdict(rows)
said = sentence(found, rows.task.iloc[0], rows.split.nunique())
Path(snakemake.output[0]).write_text(
    json.dumps({"method": found.best, "sentence": said}, indent=1, ensure_ascii=False) + "\n"
)
