"""Run Snakemake in forks of a process that has imported it, since its imports take two seconds.

This module does not import the package: a fork takes it from the project that it runs in.
"""

import atexit
import multiprocessing
import os
import subprocess
import sys
import tempfile
from functools import cache
from multiprocessing.reduction import DupFd
from pathlib import Path

SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(["snakemake.cli", "snakemake_executor_plugin_slurm"])
JOB_SERVER = Path(__file__).parents[1] / "src/fixing_ntk/pipeline/job_server.py"


def snakemake(folder, arguments, environment, timeout):
    """Do as ``python -m snakemake`` in a folder; return the finished process.

    Its ``stdout`` has all that was printed, errors included. ``environment`` are all its variables,
    with the package's folder as PYTHONPATH. After ``timeout`` seconds it is an AssertionError.
    """
    with tempfile.TemporaryFile("w+") as out:
        variables = {"FIXING_NTK_JOBS": job_server()} | environment
        given = str(folder), arguments, variables, DupFd(out.fileno())
        process = SERVER.Process(target=_become, args=given)
        process.start()
        process.join(timeout)
        assert process.exitcode is not None, f"snakemake {arguments} hangs"
        out.seek(0)
        return subprocess.CompletedProcess(arguments, process.exitcode, out.read())


@cache
def job_server():
    """Start a server of jobs, as a run does, for all runs of this process; return its address."""
    folder = tempfile.TemporaryDirectory(prefix="jobs-")
    address = os.path.join(folder.name, "socket")
    command = [sys.executable, JOB_SERVER, "--serve", address]
    server = subprocess.Popen(command, stdin=subprocess.PIPE)

    @atexit.register
    def end():
        server.stdin.close()
        server.wait()
        folder.cleanup()

    return address


def _become(folder, arguments, environment, out):
    """Run Snakemake in this process, with stdout and stderr to the descriptor ``out``."""
    descriptor = out.detach()
    for stream in (1, 2):
        os.dup2(descriptor, stream)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv, sys.path[:0] = ["snakemake", *arguments], [folder, environment["PYTHONPATH"]]
    from snakemake.cli import main

    main()
