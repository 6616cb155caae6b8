"""Download one UCI dataset, each file checked against its pinned sha256."""

import os

from fixing_ntk.data import download
from fixing_ntk.pipeline.logs import log_to

log_to(snakemake.log[0], snakemake.output)
mirror = os.environ.get("MIRROR") or snakemake.config["mirror"]
download.fetch(snakemake.wildcards.dataset, snakemake.output[0], mirror=mirror or None)
