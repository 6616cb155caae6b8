rule summary:
    input:
        **{
            panel: expand(
                f"{OUT}/runs/{panel}/{{dataset}}/{{solver}}.csv",
                dataset=settings["n_gates"],
                solver=settings["solvers"],
            )
            for panel, settings in PANELS.items()
        },
        path=expand(f"{OUT}/path/{{dataset}}.csv", dataset=PANELS["gated"]["n_gates"]),
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
        ours={panel: settings["ours"] for panel, settings in PANELS.items()},
        time_limit=config["time_limit"],
        folder=OUT,
    message:
        "Tables and figures"
    script:
        "../scripts/summary.py"
