EXAMPLE = dict(
    data=f"{OUT}/data/{PROTOCOLS[0]}/{config['example_dataset']}.npz",
    masks=f"{OUT}/masks/{PROTOCOLS[0]}/{config['example_dataset']}/{blocks(PROTOCOLS[0])[0]}.npz",
)


# Experiments that check claims: module, function and configuration key share the name; each takes
# these keys of the configuration too.
CLAIM_EXPERIMENTS = {"nonconvex_gap": ["seed", "tol"], "ntk_width": ["seed"]}


wildcard_constraints:
    experiment="|".join(CLAIM_EXPERIMENTS),


def experiment_sources(wildcards):
    """The script finds its experiment by name, so its imports do not show it."""
    path = SCRIPTS.parents[1] / f"src/fixing_ntk/experiments/{wildcards.experiment}.py"
    behind = [str(path), *package_sources(path)]
    return sorted({*sources("compute_claims"), *map(os.path.relpath, behind)})


rule compute_claims:
    input:
        sources=experiment_sources,
    output:
        data=f"{OUT}/experiments/{{experiment}}.npz",
        rows=f"{OUT}/experiments/{{experiment}}.csv",
    log:
        f"{OUT}/logs/compute_claims/{{experiment}}.log",
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        arguments=lambda wildcards: config[wildcards.experiment]
        | {key: config[key] for key in CLAIM_EXPERIMENTS[wildcards.experiment]},
    message:
        "Checking claims: {wildcards.experiment}"
    script:
        "../scripts/compute_claims.py"


rule compute_fit_1d:
    input:
        sources=sources("compute_fit_1d"),
    output:
        f"{OUT}/experiments/fit_1d.npz",
    log:
        f"{OUT}/logs/compute_fit_1d.log",
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        arguments=dict(config["fit_1d"], tol=config["tol"], seed=config["seed"]),
    message:
        "One-dimensional regression"
    script:
        "../scripts/compute_fit_1d.py"


rule compute_irls_convergence:
    input:
        sources=sources("compute_irls_convergence"),
    output:
        f"{OUT}/experiments/irls_convergence.npz",
    log:
        f"{OUT}/logs/compute_irls_convergence.log",
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        arguments=dict(
            config["irls_convergence"],
            tol=config["tol"],
            backend=config["conic_backend"],
            seed=config["seed"],
        ),
    message:
        "IRLS on student-teacher data"
    script:
        "../scripts/compute_irls_convergence.py"


rule compute_regularization_path:
    input:
        **EXAMPLE,
        sources=sources("compute_regularization_path"),
    output:
        f"{OUT}/experiments/regularization_path.npz",
    log:
        f"{OUT}/logs/compute_regularization_path.log",
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        arguments=dict(config["regularization_path"], tol=config["tol"]),
    message:
        f"Regularisation path of {config['example_dataset']}"
    script:
        "../scripts/compute_regularization_path.py"


rule compute_equivalences:
    input:
        records=f"{OUT}/evaluation/{PROTOCOLS[0]}/records.csv",
        sources=sources("compute_equivalences"),
    output:
        f"{OUT}/experiments/equivalences.csv",
    log:
        f"{OUT}/logs/compute_equivalences.log",
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        arguments=dict(config["equivalences"], tol=config["tol"], seed=config["seed"]),
    message:
        "Checking the paper's claims by numbers"
    script:
        "../scripts/compute_equivalences.py"
