import argparse
import json
import os
import re
import sys
from pathlib import Path

from snakemake.utils import update_config

from fixing_ntk.pipeline.config import OF_A_TABLE, ConfigError, own_part, read_settings, resolve
from fixing_ntk.data import catalog
from fixing_ntk.data.partitions import N_FOLDS
from fixing_ntk.pipeline import job_server
from fixing_ntk.pipeline.dependencies import fingerprint, package_sources
from fixing_ntk.pipeline.places import HOME, IN_A_CLONE, PACKAGE
from fixing_ntk.results import declaration

# Jobs are started by a shell, which does not see the path of the interpreter in quotes; relative to
# the project it has no blanks.
PYTHON = sys.executable = os.path.relpath(sys.executable)

# From Snakemake's command line, of the whole run or of one of its jobs.
parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
parser.add_argument("--configfile", "--configfiles", nargs="+", action="extend", default=[])
overlays = parser.parse_known_args(sys.argv[1:])[0].configfile
OVERLAYS = "".join(f" --configfile {os.path.relpath(path)}" for path in overlays)
given: dict = {}

try:
    read_settings(HOME / "config.yaml")  # Snakemake would keep the last of two equal keys
    for path in overlays:
        update_config(given, read_settings(path))
    schema = workflow.source_path("../schemas/config.schema.yaml")
    known = declaration.options(), given, declaration.limits()
    config = resolve(config, schema, *known)
except ConfigError as error:
    sys.exit("\n".join(f"config: {line}" for line in str(error).splitlines()))

if config["conic_backend"] == "mosek" and "FIXING_NTK_RUN" not in os.environ:
    from fixing_ntk.solvers import backends

    try:
        backends.choose("mosek")
    except RuntimeError as error:
        sys.exit(f"config: conic_backend: {error}")

# Set by failures.smk alone: datasets that failed, each with the reason.
FAILED = json.loads(os.environ.get("FAILED_DATASETS", "{}"))
NAMED = catalog.expand(config["datasets"])
SCRIPTS = HOME / "workflow/scripts"
OUT = f"results/{config['name']}"
# A run says so to its jobs, which read these files again.
IN_A_JOB = "FIXING_NTK_RUN" in os.environ
os.environ.update(FIXING_NTK_RUN=config["name"])
# As a user types it in the project's folder.
IN_VENV = Path(sys.prefix).resolve() == Path(".venv").resolve()
COMMAND = ".venv/bin/snakemake" if IN_VENV else "snakemake"
if not IN_A_CLONE:
    COMMAND += f" --snakefile {HOME / 'Snakefile'}"
N_SPLITS = {"paper": 1, "full": config["splits"]["full"], "folds": N_FOLDS}
PROTOCOLS = config["protocols"]
# Who fits the MKL rules, as arguments of `solve`.
SOLVER = {"method": config["solver"]}
if config["solver"] == "conic":
    SOLVER["backend"] = config["conic_backend"]
DRAWS = config["at_least_as_accurate"]  # further splits of protocol full
AVERAGED = config["averaged"]["draws"]  # of the gates
SENSITIVITY = config["sensitivity"]
ALL_MASKS = declaration.options()["all_masks"] | config.get("all_masks", {})
FIRST_SPLIT = "data", "masks", "weights"


onstart:
    if not IN_A_JOB:
        job_server.start(".snakemake")


wildcard_constraints:
    dataset="[A-Za-z0-9][A-Za-z0-9._-]*",
    protocol="|".join(N_SPLITS),
    block=r"\d+-\d+",
    gates=r"\d+",
    variant="[a-z]+",


def left_out():
    """Datasets that failed, each with the reason: tables over all datasets miss them."""
    return {name: FAILED[name] for name in NAMED if name in FAILED}


def datasets():
    """Datasets that tables are made of."""
    return [name for name in NAMED if name not in FAILED]


def ranges(n, size):
    """Ranges "first-last" of n splits, one for each job."""
    return [f"{i}-{min(i + size, n) - 1}" for i in range(0, n, size)]


def blocks(protocol):
    """Ranges of splits of a protocol's fitting jobs."""
    return ranges(N_SPLITS[protocol], config["splits"]["per_job"])


def indices(block):
    """Splits of a block."""
    first, last = map(int, block.split("-"))
    return list(range(first, last + 1))


def splits_of_block(wildcards):
    """Splits that a job fits."""
    return indices(wildcards.block)


def fits(*methods):
    """Input function: files of methods' fits of a protocol, of all datasets."""
    return lambda wildcards: expand(
        f"{OUT}/fits/{wildcards.protocol}/{{dataset}}/{{method}}_{{block}}.csv",
        dataset=datasets(),
        method=methods,
        block=blocks(wildcards.protocol),
    )


def of_blocks(path):
    """Files of all datasets and blocks of protocol full; the path has a wildcard for each."""
    return expand(path, dataset=datasets(), block=blocks("full"))


def code(script, *modules):
    """What a script and all that it imports hold, as a parameter: an edit reruns what depends on it.

    ``modules`` are those that the script finds by name, so that its imports do not show them.
    """
    files = [SCRIPTS / f"{script}.py", *(PACKAGE / f"{module}.py" for module in modules)]
    return fingerprint({*files}.union(*map(package_sources, files)))


def raw_files(wildcards):
    """Files of a dataset, downloaded or of the user's own; bundled ones need none."""
    if wildcards.dataset in OWN_TABLES:
        return OWN_TABLES[wildcards.dataset]["path"]
    bundled = catalog.is_bundled(wildcards.dataset)
    return [] if bundled else f"results/downloads/{wildcards.dataset}"


def first_split(*names):
    """Files of datasets' first splits of the first protocol."""
    protocol, block = PROTOCOLS[0], blocks(PROTOCOLS[0])[0]
    return dict(
        data=[f"{OUT}/data/{protocol}/{name}.npz" for name in names],
        masks=[f"{OUT}/masks/{protocol}/{name}/{block}.npz" for name in names],
        weights=[f"{OUT}/fits/{protocol}/{name}/mkl_{block}.npz" for name in names],
    )
