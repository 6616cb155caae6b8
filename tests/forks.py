"""Run Snakemake and its jobs in forks of processes that have imported what they import.

Imports are most of the time of a small job, and take two seconds of Snakemake's own. Commands that
a test types, jobs on a cluster and runs that a test kills start their own interpreters.

This module does not import the package: a fork takes it from the project that it runs in.
"""

import atexit
import json
import multiprocessing
import os
import runpy
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from functools import cache
from importlib import import_module
from multiprocessing.reduction import DupFd
from pathlib import Path

SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(["snakemake.cli", "snakemake_executor_plugin_slurm"])
OF_JOBS = ["snakemake.script", "scipy.sparse", "sklearn.base", "pandas", "matplotlib.figure"]
OF_JOBS += ["matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg"]

# What Snakemake takes for Python. It hands a script over, and ends as the script does.
PYTHON = """#!{python} -SE
import json, os, socket, sys

if sys.argv[1].startswith("-"):  # Snakemake itself, as on a cluster
    os.execv({python!r}, [{python!r}, *sys.argv[1:]])
with socket.socket(socket.AF_UNIX) as server:
    server.connect({address!r})
    socket.send_fds(server, [b"."], [0, 1, 2])
    server.sendall(json.dumps([os.getcwd(), dict(os.environ), sys.argv[1:]]).encode())
    server.shutdown(socket.SHUT_WR)
    sys.exit(int(server.recv(16) or 1))
"""


def snakemake(folder, arguments, environment, timeout):
    """Do as ``python -m snakemake`` in a folder; return the finished process.

    Its ``stdout`` has all that was printed, errors included. ``environment`` are all its variables,
    with the package's folder as PYTHONPATH. After ``timeout`` seconds it is an AssertionError.
    """
    with tempfile.TemporaryFile("w+") as out:
        given = str(folder), arguments, dict(environment), DupFd(out.fileno()), _python()
        process = SERVER.Process(target=_become, args=given)
        process.start()
        process.join(timeout)
        assert process.exitcode is not None, f"snakemake {arguments} hangs"
        out.seek(0)
        return subprocess.CompletedProcess(arguments, process.exitcode, out.read())


@cache
def _python():
    """Start the process that forks jobs; return the path of what Snakemake takes for Python."""
    folder = Path(tempfile.mkdtemp(prefix="forks-"))
    address, path = str(folder / "jobs"), folder / "python"
    path.write_text(PYTHON.format(python=sys.executable, address=address))
    path.chmod(0o700)
    jobs = subprocess.Popen([sys.executable, __file__, address], stdout=subprocess.PIPE)
    atexit.register(shutil.rmtree, folder)
    atexit.register(jobs.terminate)
    jobs.stdout.readline()  # it is ready
    return str(path)


def _become(folder, arguments, environment, out, python):
    """Run Snakemake in this process, with stdout and stderr to the descriptor ``out``."""
    descriptor = out.detach()
    for stream in (1, 2):
        os.dup2(descriptor, stream)
    _enter(folder, environment)
    sys.argv, sys.path[:0] = ["snakemake", *arguments], [folder]
    sys.executable = python
    from snakemake.cli import main

    main()


def _enter(folder, environment):
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.path.insert(0, environment["PYTHONPATH"])


def fork_jobs(address):
    """Fork a process for each job that asks at the socket ``address``, until this one is killed."""
    for name in OF_JOBS:
        import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that wait for jobs
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(address)
        server.listen(64)
        print("ready", flush=True)
        while True:
            connection, _ = server.accept()
            if os.fork() == 0:
                server.close()
                _wait_for_job(connection)
            connection.close()


def _wait_for_job(connection):
    """Run the job that is asked for in a fork, and answer with its exit status."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _, streams, *_ = socket.recv_fds(connection, 1, 3)
    asked = b"".join(iter(lambda: connection.recv(1 << 16), b""))
    job = os.fork()
    if job == 0:
        connection.close()
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        _run_job(*json.loads(asked))
    status = os.waitstatus_to_exitcode(os.waitpid(job, 0)[1])
    connection.sendall(str(status if status >= 0 else 128 - status).encode())
    os._exit(0)


def _run_job(folder, environment, arguments):
    """Run a script in this process as ``python`` does, and end it."""
    code = 0
    try:
        _enter(folder, environment)
        sys.argv = arguments
        runpy.run_path(arguments[0], run_name="__main__")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    fork_jobs(sys.argv[1])
