FIGURES = [
    path
    for name in (
        "fit_1d",
        "irls_convergence",
        "mask_weights",
        "nonconvex_gap",
        "ntk_width",
        "regularization_path",
        *(f"uci_accuracy_{protocol}" for protocol in PROTOCOLS),
        *(f"wins_by_lambda_{protocol}" for protocol in PROTOCOLS),
    )
    for path in with_kinds(f"figures/{name}", "svg", "png")
]


rule fit_1d:
    input:
        data=rules.compute_fit_1d.output,
        sources=sources("fit_1d"),
    output:
        **figure("fit_1d", "1. Regression in one dimension"),
    log:
        f"{OUT}/logs/fit_1d.log",
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    message:
        "Drawing fit_1d"
    script:
        "../scripts/fit_1d.py"


rule irls_convergence:
    input:
        data=rules.compute_irls_convergence.output,
        sources=sources("irls_convergence"),
    output:
        **figure("irls_convergence", "2. Convergence of IRLS"),
    log:
        f"{OUT}/logs/irls_convergence.log",
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    message:
        "Drawing irls_convergence"
    script:
        "../scripts/irls_convergence.py"


rule uci_accuracy_figure:
    input:
        table=f"{OUT}/tables/uci_accuracy_{{protocol}}.csv",
        sources=sources("uci_accuracy_figure"),
    output:
        **figure("uci_accuracy_{protocol}", "3. UCI accuracy"),
    log:
        f"{OUT}/logs/uci_accuracy_figure/{{protocol}}.log",
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    message:
        "Drawing uci_accuracy, protocol {wildcards.protocol}"
    script:
        "../scripts/uci_accuracy_figure.py"


rule wins_by_lambda_figure:
    input:
        wins=f"{OUT}/evaluation/{{protocol}}/wins_by_lambda.csv",
        sources=sources("wins_by_lambda_figure"),
    output:
        **figure("wins_by_lambda_{protocol}", "3. UCI accuracy"),
    log:
        f"{OUT}/logs/wins_by_lambda_figure/{{protocol}}.log",
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    message:
        "Drawing wins_by_lambda, protocol {wildcards.protocol}"
    script:
        "../scripts/wins_by_lambda_figure.py"


rule mask_weights:
    input:
        fit_1d=rules.compute_fit_1d.output,
        masks=EXAMPLE["masks"],
        weights=f"{OUT}/fits/{PROTOCOLS[0]}/{config['example_dataset']}/mkl_{blocks(PROTOCOLS[0])[0]}.npz",
        sources=sources("mask_weights"),
    output:
        **figure("mask_weights", "4. Learned kernels"),
    log:
        f"{OUT}/logs/mask_weights.log",
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    message:
        "Drawing mask_weights"
    script:
        "../scripts/mask_weights.py"


rule regularization_path:
    input:
        data=rules.compute_regularization_path.output,
        sources=sources("regularization_path"),
    output:
        **figure("regularization_path", "4. Learned kernels"),
    log:
        f"{OUT}/logs/regularization_path.log",
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    message:
        "Drawing regularization_path"
    script:
        "../scripts/regularization_path.py"


rule nonconvex_gap:
    input:
        data=f"{OUT}/experiments/nonconvex_gap.npz",
        sources=sources("nonconvex_gap"),
    output:
        **figure("nonconvex_gap", "6. Claims of the paper"),
    log:
        f"{OUT}/logs/nonconvex_gap.log",
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    message:
        "Drawing nonconvex_gap"
    script:
        "../scripts/nonconvex_gap.py"


rule ntk_width:
    input:
        data=f"{OUT}/experiments/ntk_width.npz",
        sources=sources("ntk_width"),
    output:
        **figure("ntk_width", "6. Claims of the paper"),
    log:
        f"{OUT}/logs/ntk_width.log",
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    message:
        "Drawing ntk_width"
    script:
        "../scripts/ntk_width.py"
