EXAMPLE = dict(
    data=f"{OUT}/data/{PROTOCOLS[0]}/{config['example_dataset']}.npz",
    masks=f"{OUT}/masks/{PROTOCOLS[0]}/{config['example_dataset']}/{blocks(PROTOCOLS[0])[0]}.npz",
)


# Experiments that check claims. Module, function and section of the configuration share the name;
# each also takes these keys of the configuration.
EXPERIMENTS = {
    "arrangement": ["tol", "seed"],
    "fit_1d": ["tol", "seed"],
    "irls_convergence": ["tol", "seed", "conic_backend"],
    "linearization": ["seed"],
    "mask_count": ["tol", "seed"],
    "mkl_equivalence": ["tol", "seed"],
    "nonconvex_gap": ["tol", "seed"],
    "ntk_width": ["seed"],
    "prediction_error": ["tol", "seed"],
}
FROM_RECORDS = "mkl_fixes_ntk"  # on every fit of the accuracy tables


wildcard_constraints:
    experiment="|".join([*EXPERIMENTS, FROM_RECORDS]),


rule compute_claims:
    input:
        records=lambda wildcards: [
            f"{OUT}/evaluation/{protocol}/records.csv"
            for protocol in (PROTOCOLS if wildcards.experiment == FROM_RECORDS else [])
        ],
        sources=lambda wildcards: sources(
            "compute_claims", f"experiments/{wildcards.experiment}"
        ),
    output:
        data=f"{OUT}/experiments/{{experiment}}.npz",
        rows=f"{OUT}/experiments/{{experiment}}.csv",
    log:
        f"{OUT}/logs/compute_claims/{{experiment}}.log",
    conda:
        "../envs/fixing_ntk.yaml"
    threads: 1
    resources:
        mem_mb=memory(300),
        runtime=minutes(45),
    params:
        arguments=lambda wildcards: (
            config.get(wildcards.experiment, {})
            | {key: config[key] for key in EXPERIMENTS.get(wildcards.experiment, [])}
        ),
        command=lambda wildcards, output: (
            f"snakemake --cores 1{OVERLAYS} --force {output.rows}"
        ),
    message:
        "Checking claims: {wildcards.experiment}"
    script:
        "../scripts/compute_claims.py"


rule compute_regularization_path:
    input:
        **EXAMPLE,
        sources=sources("compute_regularization_path"),
    output:
        f"{OUT}/experiments/regularization_path.npz",
    log:
        f"{OUT}/logs/compute_regularization_path.log",
    conda:
        "../envs/fixing_ntk.yaml"
    threads: 1
    resources:
        mem_mb=memory(80),
        runtime=minutes(1),
    params:
        arguments=dict(config["regularization_path"], tol=config["tol"]),
    message:
        f"Regularisation path of {config['example_dataset']}"
    script:
        "../scripts/compute_regularization_path.py"
