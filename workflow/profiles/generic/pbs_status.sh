#!/bin/sh
# Snakemake asks for a job by its number, and reads one word: running, success or failed.
state=$(qstat -x -f "$1" 2>/dev/null | sed -n 's/ *job_state = //p')
code=$(qstat -x -f "$1" 2>/dev/null | sed -n 's/ *Exit_status = //p')
case "$state" in
F) [ "$code" = 0 ] && echo success || echo failed ;;
*) echo running ;;
esac
