"""Write what each column of the user's table is and becomes."""

from fixing_ntk.data import own
from fixing_ntk.pipeline.logs import log_to

log_to(snakemake.log[0], snakemake.output)
data = own.read(**snakemake.params.data)
suspect = data.columns.column.isin(own.suspects(data))
rows = data.columns.assign(read_as=data.read_as, notes="\n".join(data.notes), suspect=suspect)
rows.to_csv(snakemake.output[0], index=False, lineterminator="\n")
