"""Draw the rules of this workflow."""

import subprocess
import sys

from fixing_ntk.pipeline.logs import log_to
from fixing_ntk.report.figures import style
from fixing_ntk.report.figures.rulegraph import draw

log_to(snakemake.log[0])
command = [sys.executable, "-m", "snakemake", "--rulegraph", "--nolock"]
dot = subprocess.run(command, check=True, capture_output=True, text=True).stdout
style.save(draw(dot), snakemake.output[0])
