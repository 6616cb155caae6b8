# Everything that the report shows, on one page.
from snakemake.logging import logger

OVERVIEW = f"{OUT}/overview.html"
SECTIONS = {
    heading: [
        (
            name,
            [
                file
                for file in FIGURES + TABLES
                if Path(file).name in (f"{name}.svg", f"{name}.html")
            ],
        )
        for name in names
    ]
    for heading, names in (IF_OWN if config["data"] else IN_ORDER).items()
}


rule overview:
    input:
        shown=[
            file for items in SECTIONS.values() for _, files in items for file in files
        ],
        sources=sources("overview"),
    output:
        report(
            OVERVIEW,
            caption="../report/overview.rst",
            category="0. Everything on one page",
            labels={"output": "overview", "kind": "page"},
        ),
    log:
        f"{OUT}/logs/overview.log",
    localrule: True
    conda:
        "../envs/fixing_ntk.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        page=dict(
            title=f"Fixing the NTK: {config['name']}",
            lead=caption_of("workflow"),
            sections={
                heading: [(name, caption_of(name), files) for name, files in items]
                for heading, items in SECTIONS.items()
            },
        ),
    message:
        "Writing the page of everything"
    script:
        "../scripts/overview.py"


onsuccess:
    if Path(OVERVIEW).exists():
        logger.info(f"Every figure and table on one page: {OVERVIEW}")
