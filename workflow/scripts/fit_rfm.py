"""Fit recursive feature machines to all splits of one dataset, in the environment of xRFM."""

import argparse
import csv
import json
import os

import torch

from fixing_ntk.comparison.rfm import fit_rfm
from fixing_ntk.comparison.rfm_machine import after_updates
from fixing_ntk.data import splits
from fixing_ntk.pipeline.logs import log_to

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("data", help="file that `splits.save` wrote")
parser.add_argument("output", help="CSV file")
parser.add_argument("log", help="text file")
parser.add_argument("settings", help="JSON object: splits, and arguments of `fit_rfm`")
arguments = parser.parse_args()

log_to(arguments.log, [arguments.output])
torch.set_num_threads(1)
settings = json.loads(arguments.settings)
partial = f"{arguments.output}.partial"
with open(partial, "w", encoding="utf-8", newline="") as f:
    writer = None
    for split in splits.load(arguments.data, range(settings.pop("splits"))):
        for row in fit_rfm(split, after_updates, **settings):
            if writer is None:
                writer = csv.DictWriter(f, row, lineterminator="\n")
                writer.writeheader()
            writer.writerow(row)
            f.flush()
os.replace(partial, arguments.output)
