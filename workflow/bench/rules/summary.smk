for panel, settings in PANELS.items():

    rule:
        name:
            f"summary_{panel}"
        input:
            rows=expand(
                f"{OUT}/runs/{panel}/{{dataset}}/{{solver}}.csv",
                dataset=settings["n_gates"],
                solver=settings["solvers"],
            ),
        output:
            of_panel(panel),
            manifest=f"{OUT}/manifest_{panel}.json",
        log:
            f"{OUT}/logs/summary_{panel}.log",
        threads: 1
        resources:
            mem_mb=1000,
            runtime=5,
        params:
            code=code("summary_of_panel"),
            ours=settings["ours"],
            time_limit=settings["time_limit"],
            folder=OUT,
            prefix=prefix(panel),
        message:
            f"Tables and figures of panel {panel}"
        script:
            "../scripts/summary_of_panel.py"


rule summary:
    input:
        path=expand(f"{OUT}/path/{{dataset}}.csv", dataset=PANELS["gated"]["n_gates"]),
        several=f"{OUT}/several.csv",
        scaling=expand(f"{OUT}/scaling/{{axis}}.csv", axis=["n", "d", "p"]),
    output:
        ALONE,
        manifest=f"{OUT}/manifest.json",
    log:
        f"{OUT}/logs/summary.log",
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        code=code("summary"),
        folder=OUT,
    message:
        "Tables and figures of paths, several targets and sizes"
    script:
        "../scripts/summary.py"
