# The rules are in workflow/; this names what a run without a target makes.
include: "workflow/Snakefile"


rule all:
    default_target: True
    input:
        [FIGURES, TABLES, OVERVIEW, MANIFEST],
