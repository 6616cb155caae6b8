rule summary:
    input:
        runs=expand(
            f"{OUT}/runs/{{dataset}}/{{solver}}.csv",
            dataset=config["instances"],
            solver=config["solvers"],
        ),
        path=expand(f"{OUT}/path/{{dataset}}.csv", dataset=config["instances"]),
        several=f"{OUT}/several.csv",
        scaling=expand(f"{OUT}/scaling/{{axis}}.csv", axis=["n", "d", "p"]),
        sources=sources("summary"),
    output:
        tables=TABLES,
        figures=FIGURES,
        manifest=f"{OUT}/manifest.json",
    log:
        f"{OUT}/logs/summary.log",
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        ours=config["ours"],
        time_limit=config["time_limit"],
        folder=OUT,
    message:
        "Tables and figures"
    script:
        "../scripts/summary.py"
