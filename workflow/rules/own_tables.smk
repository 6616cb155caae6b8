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
    from fixing_ntk.pipeline import own_time

    OWN_DATA = dict(
        path=config["data"],
        **{key: config[key] for key in OF_A_TABLE},
    )
    # The command has read the table, and jobs are told what the run knows of it.
    if "FIXING_NTK_TABLE" not in os.environ:
        from fixing_ntk.data.own import TableError
        from fixing_ntk.pipeline import own_runs

        try:
            accepted = own_runs.check_table(config["data"], config)
        except TableError as error:
            sys.exit(f"config: data: {error}")
        os.environ.update(FIXING_NTK_TABLE=json.dumps(accepted))
    OF_TABLE = json.loads(os.environ.get("FIXING_NTK_TABLE", ""))
    SIZES[config["data"]] = catalog.Size(*OF_TABLE["size"])
    if not IN_A_JOB:
        about = SIZES[config["data"]], OF_TABLE["task"], config, workflow.cores or 1
        for line in (*OF_TABLE["lines"], *own_time.estimate(*about)):
            logger.info(line)
TASK = OF_TABLE["task"] if config["data"] else ""  # of the user's own table
