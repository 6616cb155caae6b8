rule measure_several:
    output:
        f"{OUT}/several.csv",
    log:
        f"{OUT}/logs/measure_several.log",
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=code("measure_several"),
        arguments=dict(config["several"], seed=config["seed"]),
    message:
        "Several targets in one call"
    script:
        "../scripts/measure_several.py"
