"""Run Snakemake in forks of a process that has imported it, since its imports take two seconds.

This module does not import the package: a fork takes it from the project that it runs in.
"""

import multiprocessing
import os
import subprocess
import sys
import tempfile
from multiprocessing.reduction import DupFd

SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(["snakemake.cli", "snakemake_executor_plugin_slurm"])


def snakemake(folder, arguments, environment, timeout):
    """Do as ``python -m snakemake`` in a folder; return the finished process.

    Its ``stdout`` has all that was printed, errors included. ``environment`` are all its variables,
    with the package's folder as PYTHONPATH. After ``timeout`` seconds it is an AssertionError.
    """
    with tempfile.TemporaryFile("w+") as out:
        given = str(folder), arguments, dict(environment), DupFd(out.fileno())
        process = SERVER.Process(target=_become, args=given)
        process.start()
        process.join(timeout)
        assert process.exitcode is not None, f"snakemake {arguments} hangs"
        out.seek(0)
        return subprocess.CompletedProcess(arguments, process.exitcode, out.read())


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
