"""Write the manifest of a run: inputs, software, machine, outputs, and the gaps of its fits."""

from fixing_ntk.comparison import records
from fixing_ntk.pipeline import provenance
from fixing_ntk.pipeline.logs import log_to

log_to(snakemake.log[0], snakemake.output)
params, files = snakemake.params, snakemake.input
fits = {name: records.read(paths, provenance.OF_FITS) for name, paths in params.fits.items()}
outputs = [*files.results, *files.records]
description = provenance.manifest(params.folder, outputs, files.data, params.config, fits)
provenance.write(snakemake.output[0], description)
