# Everything that the report shows, on one page.
from snakemake.logging import logger

OVERVIEW = f"{OUT}/overview.html"
SHOWN = [file for file in FIGURES + TABLES if file.endswith((".svg", ".html"))]
SECTIONS = {
    heading: [(name, [file for file in SHOWN if Path(file).stem == name]) for name in names]
    for heading, names in (IF_OWN if config["data"] else IN_ORDER).items()
}


rule overview:
    input:
        shown=SHOWN,
        verdict=[OWN_VERDICT] if config["data"] else [],
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
    if config["data"] and Path(OWN_VERDICT).exists():
        logger.info(json.loads(Path(OWN_VERDICT).read_text())["sentence"])
    if Path(OVERVIEW).exists():
        logger.info(f"Every figure and table on one page: {OVERVIEW}")
