"""Make an instance of the benchmark from a UCI set, or from a teacher network."""

from fixing_ntk.benchmark import instances
from fixing_ntk.benchmark.scaling import teacher_problem
from fixing_ntk.data.readers import Dataset, read_uci
from fixing_ntk.pipeline.logs import log_to

log_to(snakemake.log[0])
params, name = snakemake.params, snakemake.wildcards.dataset
if params.teacher:
    X, y = teacher_problem(**params.teacher, seed=params.seed)
    dataset = Dataset(name, X[:, :-1], y)  # `instances.make` has a column of ones too
else:
    dataset = read_uci(snakemake.input.raw, name, pool=True)
instances.save(
    snakemake.output[0], instances.make(dataset, params.n_gates, params.seed, params.loss)
)
