# The workflow lives in workflow/Snakefile; an include alone would set no default target.
include: "workflow/Snakefile"


workflow.default_target = "all"
