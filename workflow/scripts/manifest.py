"""Write what a run was made of, on what, and how far every fit was certified."""

from pathlib import Path

from fixing_ntk import provenance, records
from fixing_ntk.logs import log_to

log_to(snakemake.log[0])
fits = {Path(path).parent.name: records.read([path]) for path in snakemake.input.records}
params = snakemake.params
description = provenance.manifest(params.folder, snakemake.input.downloads, params.config, fits)
provenance.write(snakemake.output[0], description)
