# What each table is written from, by the names under which the function of its module takes it: frames,
# those of several files one below the other, or arrays; and further arguments, which wildcards may give.
WRITTEN_FROM = {
    "uci_accuracy_{protocol}": (
        dict(
            tuned=f"{OUT}/evaluation/{{protocol}}/tuned.csv",
            same=f"{OUT}/evaluation/{{protocol}}/same_lambda.csv",
        ),
        lambda wildcards: dict(
            protocol=wildcards.protocol,
            reference=config["same_lambda"]["reference"],
            failed=left_out(),
        ),
    ),
    "wins_by_lambda_{protocol}": (
        dict(by_lambda=f"{OUT}/evaluation/{{protocol}}/wins_by_lambda.csv"),
        dict(failed=left_out()),
    ),
    **(
        {
            "baselines_{protocol}": (
                dict(
                    tuned=f"{OUT}/evaluation/{{protocol}}/tuned.csv",
                    rows=baseline_rows,
                ),
                lambda wildcards: dict(protocol=wildcards.protocol, failed=left_out()),
            )
        }
        if BASELINES
        else {}
    ),
    "solvers": (
        dict(rows=expand(f"{OUT}/solvers/{{dataset}}.csv", dataset=datasets())),
        dict(failed=left_out()),
    ),
    **{
        name: (dict(data=experiment(name)), {})
        for name in ("gated_to_relu", "prediction_error", "mask_count", "when_it_pays")
    },
    "claims": (dict(rows=[experiment(name, "csv") for name in EXPERIMENTS]), {}),
}
if DRAWS:
    WRITTEN_FROM["at_least_as_accurate"] = (
        dict(
            tuned=f"{OUT}/evaluation/full/tuned.csv",
            draws=expand(
                f"{OUT}/draws/{{dataset}}/{{block}}.csv",
                dataset=datasets(),
                block=ranges(DRAWS["splits"], DRAWS["per_job"]),
            ),
        ),
        dict(seed=config["seed"], failed=left_out()),
    )
    WRITTEN_FROM["who_wins"] = (
        dict(tuned=f"{OUT}/evaluation/full/tuned.csv"),
        dict(seed=config["seed"], failed=left_out()),
    )
if config["data"]:
    # What the published run says of tables like it, in a copy of the project that has it.
    published = {"cells": "when_it_pays", "foretold": "who_wins"}
    published = {key: f"results/published/{name}.csv" for key, name in published.items()}
    published = {key: path for key, path in published.items() if os.path.exists(path)}
    WRITTEN_FROM = {
        "own_data": (dict(rows=OWN_FITS, **published), {}),
        "columns": (dict(rows=OWN_COLUMNS), {}),
    }
TABLES = [
    path
    for name in of_protocols(WRITTEN_FROM)
    for path in with_kinds(f"tables/{name}", "csv", "md", "tex", "html")
]


for table_name, (frames, arguments) in WRITTEN_FROM.items():

    rule:
        name:
            base(table_name)
        input:
            **frames,
            sources=sources("write_table", f"report/tables/{base(table_name)}"),
        output:
            **table(table_name),
        log:
            f"{OUT}/logs/tables/{table_name}.log",
        localrule: True
        params:
            table=base(table_name),
            frames=list(frames),
            arguments=arguments,
        message:
            f"Writing {shown(table_name)}"
        script:
            "../scripts/write_table.py"
