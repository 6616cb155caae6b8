# Experiments, most of which check claims. Module, function and section of the configuration share the
# name; each also takes these keys of the configuration.
EXPERIMENTS = {
    "arrangement": ["tol", "seed"],
    "fit_1d": ["tol", "seed"],
    "gated_to_relu": ["tol", "seed", "conic_backend"],
    "irls_1d": ["tol", "seed", "conic_backend"],
    "irls_convergence": ["tol", "seed", "conic_backend"],
    "irls_smoothing": ["tol", "seed", "conic_backend"],
    "linearization": ["seed"],
    "mask_count": ["tol", "seed"],
    "mkl_equivalence": ["tol", "seed"],
    "nonconvex_gap": ["tol", "seed"],
    "ntk_width": ["seed"],
    "prediction_error": ["tol", "seed"],
    "regularization_path": ["tol"],
    "when_it_pays": ["seed"],
    "mkl_fixes_ntk": [],
}


EXAMPLE = first_split(config["example_dataset"])
# What an experiment is made of where it does not draw its own data.
CONVERTED = first_split(*(name for name in config["converted_datasets"] if name in datasets()))
MADE_OF = {
    "gated_to_relu": {key: CONVERTED[key] for key in ("data", "masks")},
    "regularization_path": {key: EXAMPLE[key] for key in ("data", "masks")},
    "mkl_fixes_ntk": {
        "records": [f"{OUT}/evaluation/{protocol}/records.csv" for protocol in PROTOCOLS]
    },
}


wildcard_constraints:
    experiment="|".join(EXPERIMENTS),


rule run_experiment:
    input:
        unpack(lambda wildcards: MADE_OF.get(wildcards.experiment, {})),
        sources=lambda wildcards: sources("run_experiment", f"experiments/{wildcards.experiment}"),
    output:
        data=experiment("{experiment}"),
        rows=experiment("{experiment}", "csv"),
    log:
        f"{OUT}/logs/experiments/{{experiment}}.log",
    priority: 1  # the longest of them takes minutes: it is not to be the last
    resources:
        mem_mb=memory("run_experiment"),
        runtime=minutes("run_experiment"),
    params:
        arguments=lambda wildcards: (
            config.get(wildcards.experiment, {})
            | {key: config[key] for key in EXPERIMENTS[wildcards.experiment]}
        ),
        command=lambda wildcards, output: f"{COMMAND} --cores 1{OVERLAYS} --force {output.rows}",
    message:
        "Experiment {wildcards.experiment}"
    script:
        "../scripts/run_experiment.py"
