MANIFEST = f"{OUT}/manifest.json"
FETCHED = [
    OWN_TABLES[dataset]["path"] if dataset in OWN_TABLES else f"results/downloads/{dataset}"
    for dataset in dict.fromkeys([*datasets(), config["example_dataset"]])
    if not catalog.is_bundled(dataset)
]
FITS = {
    protocol: [
        f"{OUT}/evaluation/{protocol}/records.csv",
        *expand(
            f"{OUT}/fits/{protocol}/{{dataset}}/early_stopping_{{block}}.csv",
            dataset=datasets(),
            block=blocks(protocol),
        ),
    ]
    for protocol in PROTOCOLS
}
if config["data"]:
    FETCHED, FITS = [config["data"]], {"own": OWN_FITS}


rule manifest:
    input:
        data=FETCHED,
        records=[path for paths in FITS.values() for path in paths],
        results=[*TABLES, *FIGURES, OVERVIEW],
        sources=sources("manifest"),
    output:
        MANIFEST,
    log:
        f"{OUT}/logs/manifest.log",
    localrule: True
    conda:
        "../envs/fixing_ntk.yaml"
    params:
        folder=lambda wildcards, output: str(Path(output[0]).parent),
        config=config,
        fits=FITS,
    message:
        "Writing the manifest"
    script:
        "../scripts/manifest.py"
