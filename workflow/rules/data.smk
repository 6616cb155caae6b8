rule download_dataset:
    output:
        directory("results/downloads/{dataset}"),
    log:
        "results/logs/download_dataset/{dataset}.log",
    localrule: True
    message:
        "Downloading {wildcards.dataset}"
    script:
        "../scripts/download_dataset.py"


rule prepare_dataset:
    input:
        raw=raw_files,
    output:
        [f"{OUT}/data/{protocol}/{{dataset}}.npz" for protocol in PROTOCOLS],
    log:
        f"{OUT}/logs/prepare_dataset/{{dataset}}.log",
    localrule: True
    params:
        code=code("prepare_dataset"),
        table=lambda wildcards: OWN_TABLES.get(wildcards.dataset),
        seed=config["seed"],
        n_splits={protocol: N_SPLITS[protocol] for protocol in PROTOCOLS},
        test_size=config["splits"]["test_size"],
        folds=config["splits"]["folds"],
    message:
        "Splitting {wildcards.dataset}"
    script:
        "../scripts/prepare_dataset.py"


rule sample_masks:
    input:
        data=[f"{OUT}/data/{protocol}/{{dataset}}.npz" for protocol in PROTOCOLS],
    output:
        [
            f"{OUT}/masks/{protocol}/{{dataset}}/{block}.npz"
            for protocol in PROTOCOLS
            for block in blocks(protocol)
        ],
    log:
        f"{OUT}/logs/sample_masks/{{dataset}}.log",
    group:
        shared("sample_masks")
    resources:
        mem_mb=memory("sample_masks"),
        runtime=minutes("sample_masks"),
    params:
        code=code("sample_masks"),
        seed=config["seed"],
        n_gates=config["n_gates"],
        # Of each output.
        splits=[(protocol, indices(block)) for protocol in PROTOCOLS for block in blocks(protocol)],
    message:
        "Sampling masks of {wildcards.dataset}"
    script:
        "../scripts/sample_masks.py"
