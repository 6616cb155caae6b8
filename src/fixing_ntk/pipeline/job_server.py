"""Run the scripts of jobs in forks of one process that has imported their libraries.

Imports take more than half of the time of a small job. So a run starts this file as a server, which
imports the libraries once, and Snakemake starts each script by this file, too: it hands the script
to the server, which forks, and ends as the script does. Without a server Python runs the script as
usual: in the first seconds of a run, on a node of a cluster, and on other systems than Linux, where
a fork after these imports is not safe. The package is imported by each job.
"""

import os
import signal
import socket
import sys
from contextlib import suppress

ADDRESS = "FIXING_NTK_JOBS"  # variable with the path of the server's socket
LIBRARIES = (
    *("snakemake.script", "scipy.sparse.linalg", "scipy.stats", "sklearn.ensemble", "pandas"),
    *("matplotlib.figure", "matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg"),
)
SERVE = "--serve"
DELAY = 2  # seconds; a run that ends before does without these imports
_started: list = []  # servers of this process; each ends when its stdin, held here, is closed


def start(folder):
    """Let Snakemake, in this process, run scripts through a server; start one if none is known.

    The server has its socket in ``folder``, which is relative, since the path of a socket is short.
    It ends with this process.
    """
    import shlex
    import subprocess

    if sys.platform != "linux":
        return
    python = sys.executable
    sys.executable = shlex.join([python, "-SE", os.path.relpath(__file__)])
    if ADDRESS not in os.environ:
        address = os.environ[ADDRESS] = os.path.join(folder, f"jobs-{os.getpid()}")
        threads = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # a fork keeps no other
        command = [python, __file__, SERVE, address]
        _started.append(subprocess.Popen(command, stdin=subprocess.PIPE, env=os.environ | threads))


def main():
    if sys.argv[1] != SERVE:
        status = hand_over(sys.argv[1])
        if status is None:
            os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
        sys.exit(status)
    import atexit

    status = [0]
    # Registered first, so called last. To take down all modules would take longer than a small job.
    atexit.register(_leave, status)
    sys.path.remove(os.path.dirname(os.path.abspath(__file__)))
    if script := serve(sys.argv[2]):
        status[0] = _run(script)


def hand_over(script):
    """Have the server run a script; return its exit status, or None without a server."""
    address, one_thread = os.environ.get(ADDRESS), os.environ.get("OPENBLAS_NUM_THREADS") == "1"
    if not address or not one_thread or not os.path.isfile(script):
        return None
    with socket.socket(socket.AF_UNIX) as server:
        try:
            server.connect(address)
        except OSError:  # not ready yet, or of another machine
            return None
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the job ends by it, and says so
        variables = [f"{name}={value}" for name, value in os.environ.items()]
        socket.send_fds(server, [b"."], [0, 1, 2])
        server.sendall(os.fsencode("\0".join([script, os.getcwd(), *variables])))
        server.shutdown(socket.SHUT_WR)
        return int(server.recv(16) or 1)


def serve(address):
    """Fork for every script that is handed over, and return the script in its fork.

    In the server itself return None when stdin ends.
    """
    import gc
    from importlib import import_module
    from select import select

    if select([sys.stdin], [], [], DELAY)[0]:
        return None
    for name in LIBRARIES:
        import_module(name)
    gc.freeze()  # so that a fork's collector leaves these objects alone
    # Ctrl-C is for jobs. Nobody waits for the processes that wait for jobs.
    usual = [signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGCHLD)]
    with socket.socket(socket.AF_UNIX) as listener:
        if os.path.exists(address):  # of a process that was killed
            os.unlink(address)
        listener.bind(address)
        os.chmod(address, 0o600)
        listener.listen(64)
        while sys.stdin not in select([listener, sys.stdin], [], [])[0]:
            connection, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                return _script(connection, *usual)
            connection.close()
    os.unlink(address)
    return None


def _script(connection, interrupt, child):
    """Fork once more; in the job's process return the script, in this one wait and say its status.

    ``interrupt`` and ``child`` are how a job takes SIGINT and SIGCHLD.
    """
    signal.signal(signal.SIGCHLD, child)
    _, streams, *_ = socket.recv_fds(connection, 1, 3)
    asked = b"".join(iter(lambda: connection.recv(1 << 16), b""))
    job = os.fork()
    if job:
        status = os.waitstatus_to_exitcode(os.waitpid(job, 0)[1])
        with suppress(OSError):  # whoever asked may have been killed
            connection.sendall(str(status if status >= 0 else 128 - status).encode())
        os._exit(0)
    connection.close()
    signal.signal(signal.SIGINT, interrupt)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    script, folder, *variables = os.fsdecode(asked).split("\0")
    os.chdir(folder)
    os.environ.clear()
    for variable in variables:
        name, _, value = variable.partition("=")
        os.environ[name] = value
    return script


def _run(script):
    """Run a script in this process as Python does; return its exit status."""
    import runpy

    path = os.path.abspath(script)
    given = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    sys.argv, sys.path[:0] = [script], [os.path.dirname(path), *map(os.path.abspath, given)]
    try:
        runpy.run_path(path, run_name="__main__")
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        return 1
    return 0


def _leave(status):
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status[0])


if __name__ == "__main__":
    main()
