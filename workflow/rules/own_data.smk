# A table of the user's own, in place of the paper's datasets: the key `data` asks for it.
OWN_FITS, OWN_CURVES, OWN_CONFUSION = (
    [f"{OUT}/own/{folder}/{split}.csv" for split in range(config["own"]["splits"])]
    for folder in ("splits", "reliability", "confusion")
)
OWN_LEARNED, OWN_MODELS = f"{OUT}/own/learned.npz", f"{OUT}/own/models"
OWN_COLUMNS, OWN_VERDICT = f"{OUT}/own/columns.csv", f"{OUT}/own/verdict.json"
OWN_FIT = dict(
    folds=config["splits"]["folds"],
    seed=config["seed"],
    settings=dict(
        solver=SOLVER,
        **{key: config["own"][key] for key in ("methods", "tuning_rows")},
        **{key: config[key] for key in ("n_gates", "tol", "ntk_ratios", "mkl_ratios", "baselines")},
    ),
)


def own_minutes(share):
    """Resource ``runtime`` of a job that fits every method to a share of the rows."""
    size = SIZES[config["data"]]
    first = own_time.minutes(round(share * size.rows), size, TASK or "regression", config)
    return lambda wildcards, attempt: attempt * first


rule describe_own_data:
    input:
        data=config["data"],
    output:
        OWN_COLUMNS,
    log:
        f"{OUT}/logs/describe_own_data.log",
    localrule: True
    params:
        code=code("describe_own_data"),
        data=OWN_DATA,
    message:
        "Describing the columns"
    script:
        "../scripts/describe_own_data.py"


rule compare_own_data:
    input:
        data=config["data"],
    output:
        rows=f"{OUT}/own/splits/{{split}}.csv",
        curves=f"{OUT}/own/reliability/{{split}}.csv",
        confusion=f"{OUT}/own/confusion/{{split}}.csv",
    log:
        f"{OUT}/logs/compare_own_data/{{split}}.log",
    wildcard_constraints:
        split=r"\d+",
    resources:
        mem_mb=memory("compare_own_data"),
        runtime=own_minutes(1.0 - config["splits"]["test_size"]),
    params:
        code=code("compare_own_data"),
        data=OWN_DATA,
        fit=dict(
            OWN_FIT,
            test_size=config["splits"]["test_size"],
            n_splits=config["own"]["splits"],
        ),
    message:
        "All methods, split {wildcards.split}"
    script:
        "../scripts/compare_own_data.py"


rule learn_own_data:
    input:
        data=config["data"],
    output:
        learned=OWN_LEARNED,
        models=directory(OWN_MODELS),
    log:
        f"{OUT}/logs/learn_own_data.log",
    priority: 1  # the longest job first
    resources:
        mem_mb=memory("learn_own_data"),
        runtime=own_minutes(1.0),
    params:
        code=code("learn_own_data"),
        data=OWN_DATA,
        fit=OWN_FIT,
    message:
        "All methods on all rows"
    script:
        "../scripts/learn_own_data.py"


rule own_verdict:
    input:
        rows=OWN_FITS,
        confusion=OWN_CONFUSION,
    output:
        OWN_VERDICT,
    log:
        f"{OUT}/logs/own_verdict.log",
    localrule: True
    params:
        code=code("own_verdict"),
    message:
        "Comparing the methods"
    script:
        "../scripts/own_verdict.py"
