# With a limit on jobs a timespan, Snakemake's scheduler wakes once a timespan for every job that it
# has started so far: half a core after some hundred. Its own limit, which no run here comes near, is
# lifted; one that you give by `--max-jobs-per-timespan` stays.
OWN_LIMIT = (100, 1)  # jobs, seconds


onstart:
    limiter = workflow.scheduler.job_rate_limiter
    if limiter and (limiter.max_jobs, limiter.timespan) == OWN_LIMIT:
        workflow.scheduler.job_rate_limiter = None
