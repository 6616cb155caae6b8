# Snakemake limits how many jobs start in a second. For that it looks for ready jobs once more a second
# after each look, and each such look sets the next, so that looks add up: CPU minutes in a run of
# hundreds of jobs. On one machine cores limit the jobs that start.
onstart:
    if workflow.local_exec:
        workflow.scheduler.job_rate_limiter = None
