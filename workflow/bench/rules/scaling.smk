rule measure_scaling:
    output:
        f"{OUT}/scaling/{{axis}}.csv",
    log:
        f"{OUT}/logs/measure_scaling/{{axis}}.log",
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        code=code("measure_scaling"),
        arguments=dict(config["scaling"], repeats=config["repeats"], seed=config["seed"]),
    message:
        "Time against {wildcards.axis}"
    script:
        "../scripts/measure_scaling.py"
