"""Run one solver on one instance, in the solver's own environment, and write its rows."""

import argparse
import csv
import json
import os

from fixing_ntk.benchmark import instances
from fixing_ntk.benchmark.peers import adapter
from fixing_ntk.benchmark.protocol import Settings, measure

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("instance", help="file that `instances.save` wrote")
parser.add_argument("solver", help="name of an adapter in fixing_ntk.benchmark.peers")
parser.add_argument("output", help="CSV file")
parser.add_argument("settings", help="JSON object with the fields of `protocol.Settings`")
arguments = parser.parse_args()

partial = f"{arguments.output}.partial"
with open(partial, "w", encoding="utf-8", newline="") as f:
    writer = None
    for row in measure(
        instances.load(arguments.instance),
        arguments.solver,
        adapter(arguments.solver),
        Settings(**json.loads(arguments.settings)),
    ):
        if writer is None:
            writer = csv.DictWriter(f, row, lineterminator="\n")
            writer.writeheader()
        writer.writerow(row)
        f.flush()
        print(*(f"{key}={row[key]}" for key in ("ratio", "gap", "seconds", "status")), flush=True)
os.replace(partial, arguments.output)
