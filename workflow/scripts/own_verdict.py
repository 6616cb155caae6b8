"""Write which method to take on the user's table, if any is better than a guess."""

import json
from pathlib import Path

import pandas as pd

from fixing_ntk.comparison import confusion
from fixing_ntk.comparison.verdict import sentence, verdict
from fixing_ntk.pipeline.logs import log_to

log_to(snakemake.log[0], snakemake.output)
rows = pd.concat(map(pd.read_csv, snakemake.input.rows), ignore_index=True)
found, task = verdict(rows), rows.task.iloc[0]
sentences = [sentence(found, task, rows.split.nunique())]
if task == "classification":
    table = confusion.counts(confusion.read(snakemake.input.confusion), found.best)
    sentences.append(confusion.rare_sentence(confusion.rarest(table), found.best))
text = " ".join(filter(None, sentences))
Path(snakemake.output[0]).write_text(
    json.dumps(
        {"method": found.recommended, "best": found.best, "sentence": text}, ensure_ascii=False
    )
    + "\n",
    encoding="utf-8",
)
