TABLES = [
    path
    for name in (
        *(f"uci_accuracy_{protocol}" for protocol in PROTOCOLS),
        *(f"wins_by_lambda_{protocol}" for protocol in PROTOCOLS),
        *(f"baselines_{protocol}" for protocol in PROTOCOLS),
        "solvers",
        "equivalences",
    )
    for path in with_kinds(f"tables/{name}", "csv", "md", "tex", "html")
]


rule uci_accuracy:
    input:
        tuned=f"{OUT}/evaluation/{{protocol}}/tuned.csv",
        same=f"{OUT}/evaluation/{{protocol}}/same_lambda.csv",
        sources=sources("uci_accuracy"),
    output:
        **table("uci_accuracy_{protocol}"),
    log:
        f"{OUT}/logs/uci_accuracy/{{protocol}}.log",
    localrule: True
    conda:
        "../envs/fixing_ntk.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        reference=config["same_lambda"]["reference"],
        failed=left_out(),
    message:
        "Writing uci_accuracy, protocol {wildcards.protocol}"
    script:
        "../scripts/uci_accuracy.py"


rule wins_by_lambda:
    input:
        wins=f"{OUT}/evaluation/{{protocol}}/wins_by_lambda.csv",
        sources=sources("wins_by_lambda"),
    output:
        **table("wins_by_lambda_{protocol}"),
    log:
        f"{OUT}/logs/wins_by_lambda/{{protocol}}.log",
    localrule: True
    conda:
        "../envs/fixing_ntk.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        failed=left_out(),
    message:
        "Writing wins_by_lambda, protocol {wildcards.protocol}"
    script:
        "../scripts/wins_by_lambda.py"


rule solvers:
    input:
        rows=expand(f"{OUT}/solvers/{{dataset}}.csv", dataset=datasets("solvers")),
        sources=sources("solvers"),
    output:
        **table("solvers"),
    log:
        f"{OUT}/logs/solvers.log",
    localrule: True
    conda:
        "../envs/fixing_ntk.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        failed=left_out("solvers"),
    message:
        "Writing solvers"
    script:
        "../scripts/solvers.py"


rule equivalences:
    input:
        rows=[f"{OUT}/experiments/{name}.csv" for name in (*EXPERIMENTS, FROM_RECORDS)],
        sources=sources("equivalences"),
    output:
        **table("equivalences"),
    log:
        f"{OUT}/logs/equivalences.log",
    localrule: True
    conda:
        "../envs/fixing_ntk.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    message:
        "Writing equivalences"
    script:
        "../scripts/equivalences.py"
