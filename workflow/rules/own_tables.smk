# Files of the user's own, refused before any job where they can be: among the datasets, or in place of
# all. Sizes are those of everything that jobs are made of.
from snakemake.logging import logger

PINNED, OWN_TABLES, OWN_DATA = "results/pinned", {}, {}
SIZES = catalog.sizes()
LIMITS = config["splits"]["test_size"], config["n_gates"]
if any(isinstance(entry, dict) for entry in config["datasets"]):
    from fixing_ntk.data import own, own_datasets

    OWN_TABLES = own_datasets.by_name(config["datasets"])
    try:
        for name, entry in OWN_TABLES.items():
            if IN_A_JOB:
                SIZES[name] = own_datasets.pinned_size(entry, PINNED)
            else:
                SIZES[name] = own_datasets.register(entry, PINNED, *LIMITS)
    except own.TableError as error:
        sys.exit(f"config: datasets: {error}")

if config["data"]:
    from fixing_ntk.data import own
    from fixing_ntk.pipeline import own_time

    OWN_DATA = dict(
        path=config["data"],
        **{key: config[key] for key in OF_A_TABLE},
    )
    SIZES[config["data"]] = catalog.Size(0, 0, 0)  # a job asks for no further jobs
    if not IN_A_JOB:
        try:
            table = own.read(**OWN_DATA)
            size = SIZES[config["data"]] = own.size(table)
            matrices = own_time.matrices(config["own"]["methods"])
            for line in (
                *own.check(table, config["data"], *LIMITS, matrices),
                *own_time.estimate(size, table.task, config, workflow.cores or 1),
            ):
                logger.info(line)
            os.environ.update(FIXING_NTK_TASK=table.task)
        except own.TableError as error:
            sys.exit(f"config: data: {error}")
# Of the user's own table; its jobs are told.
TASK = os.environ.get("FIXING_NTK_TASK", "") if config["data"] else ""
