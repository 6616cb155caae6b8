MANIFEST = f"{OUT}/manifest.json"


rule manifest:
    input:
        downloads=[
            f"results/downloads/{dataset}"
            for dataset in dict.fromkeys([*DATASETS, config["example_dataset"]])
            if not catalog.is_bundled(dataset)
        ],
        records=expand(f"{OUT}/evaluation/{{protocol}}/records.csv", protocol=PROTOCOLS),
        results=[*TABLES, *FIGURES],
        sources=sources("manifest"),
    output:
        MANIFEST,
    log:
        f"{OUT}/logs/manifest.log",
    localrule: True
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        folder=OUT,
        config=config,
    message:
        "Writing the manifest"
    script:
        "../scripts/manifest.py"
