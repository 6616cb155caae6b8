# Figures of experiments, and those whose arrays each draws.
EXPERIMENT_FIGURES = {
    "fit_1d": ["fit_1d"],
    "irls_convergence": ["irls_convergence"],
    "prediction_error": ["prediction_error"],
    "mask_count": ["mask_count"],
    "regularization_path": ["regularization_path"],
    "arrangement": ["arrangement"],
    "nonconvex_gap": ["nonconvex_gap"],
    "ntk_width": ["ntk_width", "linearization"],
}
FIGURES = [
    path
    for name in (
        *EXPERIMENT_FIGURES,
        "mask_weights",
        *(f"uci_accuracy_{protocol}" for protocol in PROTOCOLS),
        *(f"wins_by_lambda_{protocol}" for protocol in PROTOCOLS),
        *(f"critical_difference_{protocol}" for protocol in PROTOCOLS),
    )
    for path in with_kinds(f"figures/{name}", "svg", "png")
]


for figure_name, experiments in EXPERIMENT_FIGURES.items():

    rule:
        name:
            figure_name
        input:
            data=[f"{OUT}/experiments/{experiment}.npz" for experiment in experiments],
            sources=sources("draw", f"report/figures/{figure_name}"),
        output:
            **figure(figure_name),
        log:
            f"{OUT}/logs/{figure_name}.log",
        localrule: True
        conda:
            "../envs/fixing_ntk.yaml"
        threads: 1
        resources:
            mem_mb=500,
            runtime=5,
        params:
            figure=figure_name,
        message:
            f"Drawing {figure_name}"
        script:
            "../scripts/draw.py"


rule uci_accuracy_figure:
    input:
        table=f"{OUT}/tables/uci_accuracy_{{protocol}}.csv",
        sources=sources("uci_accuracy_figure"),
    output:
        **figure("uci_accuracy_{protocol}"),
    log:
        f"{OUT}/logs/uci_accuracy_figure/{{protocol}}.log",
    localrule: True
    conda:
        "../envs/fixing_ntk.yaml"
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
        **figure("wins_by_lambda_{protocol}"),
    log:
        f"{OUT}/logs/wins_by_lambda_figure/{{protocol}}.log",
    localrule: True
    conda:
        "../envs/fixing_ntk.yaml"
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
        fit_1d=f"{OUT}/experiments/fit_1d.npz",
        masks=EXAMPLE["masks"],
        weights=f"{OUT}/fits/{PROTOCOLS[0]}/{config['example_dataset']}/mkl_{blocks(PROTOCOLS[0])[0]}.npz",
        sources=sources("mask_weights"),
    output:
        **figure("mask_weights"),
    log:
        f"{OUT}/logs/mask_weights.log",
    localrule: True
    conda:
        "../envs/fixing_ntk.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    message:
        "Drawing mask_weights"
    script:
        "../scripts/mask_weights.py"
