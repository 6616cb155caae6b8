# The picture in the README; `make docs` asks for it.
rule rulegraph:
    input:
        rules=[os.path.relpath(path) for path in sorted(SCRIPTS.parent.glob("rules/*.smk"))],
        sources=sources("rulegraph"),
    output:
        "docs/rulegraph.svg",
    log:
        "results/logs/rulegraph.log",
    localrule: True
    message:
        "Drawing the rules"
    script:
        "../scripts/rulegraph.py"
