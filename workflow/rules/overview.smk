# Every result of the run on one page.
from snakemake.logging import logger

OVERVIEW = f"{OUT}/overview.html"
SHOWN = made(".svg", ".html")
FACTS = [
    file
    for result, _, files in made(".json")
    for file in files
    if result.name in ("uci_accuracy", "claims")
]
LEAD = (SCRIPTS.parent / "report/about.rst").read_text(encoding="utf-8").strip()


rule overview:
    input:
        shown=[file for *_, files in SHOWN for file in files],
        facts=FACTS,
        verdict=[OWN_VERDICT] if config["data"] else [],
    output:
        report(
            OVERVIEW,
            caption="../report/overview.rst",
            category="0. Everything on one page",
            labels={"result": "overview", "kind": "page"},
        ),
    log:
        f"{OUT}/logs/overview.log",
    localrule: True
    params:
        code=code("overview"),
        page=dict(
            title=f"Fixing the NTK: {config['name']}",
            lead=LEAD,
            items=[
                dict(
                    section=result.declared.section,
                    title=result.declared.title + (f", protocol {protocol}" if protocol else ""),
                    kind=result.kind,
                    caption=result.caption,
                    files=files,
                )
                for result, protocol, files in SHOWN
                if files
            ],
        ),
    message:
        "Writing the page of everything"
    script:
        "../scripts/overview.py"


onsuccess:
    if config["data"] and Path(OWN_VERDICT).exists():
        logger.info(json.loads(Path(OWN_VERDICT).read_text("utf-8"))["sentence"])
    if Path(OVERVIEW).exists():
        logger.info(f"Every figure and table on one page: {OVERVIEW}")
