# The workflow lives in workflow/Snakefile, where deployments look for it.
include: "workflow/Snakefile"
