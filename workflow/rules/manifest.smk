MANIFEST = f"{OUT}/manifest.json"
FETCHED = [
    OWN_TABLES[dataset]["path"] if dataset in OWN_TABLES else f"results/downloads/{dataset}"
    for dataset in dict.fromkeys([*datasets(), config["example_dataset"]])
    if not catalog.is_bundled(dataset)
]
FITS = {protocol: [f"{OUT}/evaluation/{protocol}/records.csv"] for protocol in PROTOCOLS}
if config["level"] != "paper":
    for protocol in PROTOCOLS:
        FITS[protocol] += expand(
            f"{OUT}/fits/{protocol}/{{dataset}}/{{method}}_{{block}}.csv",
            dataset=datasets(),
            method=["early_stopping", "between"],
            block=blocks(protocol),
        )
    if "full" in PROTOCOLS:
        FITS["full"] += of_blocks(f"{OUT}/fits/full/{{dataset}}/averaged_{{block}}.csv")
if config["level"] == "extended" and "full" in PROTOCOLS:
    FITS["full"] += [*OTHER_GATES, *WIDER_GRID, *ONE_PROGRAM, *EXPONENTS]
# Of what results are made from: fits, claims, and what was learned of a table of the user's own.
BEHIND = [computed(result.name, kind) for result in COMPUTED for kind in ("npz", "csv")]
if config["only"]:
    FITS, BEHIND = {}, []  # each result's files state the gaps of what it was made from
if config["data"]:
    FETCHED, FITS = [config["data"]], {"own": OWN_FITS}
    BEHIND = [*OWN_CURVES, *OWN_CONFUSION, OWN_COLUMNS, OWN_VERDICT, OWN_LEARNED, OWN_MODELS]
RECORDS = [path for paths in FITS.values() for path in paths]
LISTED = [*RECORDS, *BEHIND]  # in the manifest, so that a run makes those that are missing


rule manifest:
    input:
        data=FETCHED,
        records=RECORDS,
        results=[*RESULT_FILES, OVERVIEW, *BEHIND],
    output:
        MANIFEST,
    log:
        f"{OUT}/logs/manifest.log",
    localrule: True
    params:
        code=code("manifest"),
        folder=lambda wildcards, output: str(Path(output[0]).parent),
        config=own_part(config) if config["data"] else config,
        fits=FITS,
    message:
        "Writing the manifest"
    script:
        "../scripts/manifest.py"
