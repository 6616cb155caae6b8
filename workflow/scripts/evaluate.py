"""Gather the records of a protocol and compare the methods."""

from fixing_ntk.evaluation import records
from fixing_ntk.evaluation.comparisons import same_lambda, tuned, wins_by_lambda
from fixing_ntk.pipeline.logs import log_to

log_to(snakemake.log[0])
fits = records.read(snakemake.input.records)
same = same_lambda(fits)
for path, frame in (
    (snakemake.output.records, fits),
    (snakemake.output.tuned, tuned(fits)),
    (snakemake.output.same, same),
    (snakemake.output.wins, wins_by_lambda(same)),
):
    frame.to_csv(path, index=False, lineterminator="\n")
