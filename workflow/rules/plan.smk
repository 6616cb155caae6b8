# What a run asks of a cluster, printed: `make plan`.
rule plan:
    log:
        "results/logs/plan.log",
    localrule: True
    params:
        config=config,
        sizes=SIZES,
        experiments=[] if config["data"] else list(EXPERIMENTS),
        model=NEEDS_FILE,
        profile=SCRIPTS.parent / "profiles/slurm/config.yaml",
    message:
        "Planning"
    script:
        "../scripts/plan.py"
