"""Run a function in a child process within limits of time and memory."""

import multiprocessing
import os
import resource
import time
from pathlib import Path

from fixing_ntk.pipeline.peak_memory import peak_mb

INTERVAL = 0.05  # seconds between two checks, in which a child can allocate some 200 MB

WAITED = 5  # wall-clock limit over the CPU limit, for a child that waits on a busy machine


def watched(function, time_limit, memory_limit):
    """Call ``function(send)`` in a forked child; stop the child at a limit.

    Parameters
    ----------
    function : callable
        Called with a function ``send``, each call of which sends one picklable message to the
        parent. What it returns is dropped.
    time_limit : float
        CPU seconds; the wall-clock limit is `WAITED` times as long.
    memory_limit : float
        MB of resident memory.

    Returns
    -------
    messages : list
        All messages that were sent, also those before the child was stopped.
    end : str
        "finished", "time limit", or the error of the function or the child. "out of memory" at the
        limit, and also for a MemoryError or a child that the system killed.
    peak_mb : float
        Largest resident memory of the child in MB, including memory shared with its parent.
    """
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_call, args=(function, sender), daemon=True)
    deadline = time.monotonic() + WAITED * time_limit
    child.start()
    sender.close()
    messages, end, peak = [], None, 0.0
    while end is None:
        try:
            if receiver.poll(INTERVAL):
                kind, content, used = receiver.recv()
                peak = max(peak, used)
                if kind == "message":
                    messages.append(content)
                else:
                    end = content
        except EOFError:
            child.join()
            end = "out of memory" if child.exitcode == -9 else f"died with code {child.exitcode}"
        peak = max(peak, _resident_mb(child.pid))
        if end is None and peak > memory_limit:
            end = "out of memory"
        elif end is None and (_cpu_seconds(child.pid) > time_limit or time.monotonic() > deadline):
            end = "time limit"
    child.kill()
    child.join()
    return messages, end, peak


def _call(function, sender):
    """Run ``function(send)`` in the child, and send its messages and how it ended to the parent.

    ``sender`` is the child's end of the pipe to its parent. It takes tuples: "message" or "end",
    the content, and the child's peak memory in MB so far.
    """

    def send(content, kind="message"):
        sender.send((kind, content, peak_mb()))

    try:
        function(send)
    except MemoryError:
        send("out of memory", "end")
    except Exception as error:  # whatever a package raises is a result of the benchmark
        send(f"error: {type(error).__name__}: {error}".splitlines()[0], "end")
    else:
        send("finished", "end")


def _resident_mb(pid):
    """Return the present resident memory of a process in MB; zero where /proc has no entry."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1])
    except (OSError, IndexError, ValueError):
        return 0.0
    return pages * resource.getpagesize() / 2**20


def _cpu_seconds(pid):
    """Return the CPU seconds of a process so far; zero where /proc has no entry."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
