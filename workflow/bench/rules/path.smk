rule measure_path:
    input:
        instance=f"{OUT}/instances/gated/{{dataset}}.npz",
    output:
        f"{OUT}/path/{{dataset}}.csv",
    log:
        f"{OUT}/logs/measure_path/{{dataset}}.log",
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        code=code("measure_path"),
        arguments=config["path"],
    message:
        "Path of {wildcards.dataset}"
    script:
        "../scripts/measure_path.py"
