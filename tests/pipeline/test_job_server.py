"""Scripts in forks of a process that has imported their libraries behave as under Python itself."""

import os
import signal
import subprocess
import sys
import time

import forks
import pytest
from project import ROOT

from fixing_ntk.pipeline import job_server

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere Python runs scripts")
WHERE = "print('numpy' in sys.modules)"  # in a fork it is there without an import


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.fixture(scope="module")
def address():
    wait_for(lambda: os.path.exists(forks.job_server()))
    return forks.job_server()


@pytest.fixture
def run(tmp_path):
    """Run the lines of a script by some words before its path, with further variables."""

    def run(words, *lines, **variables):
        (tmp_path / "a script.py").write_text("\n".join(["import os, sys", *lines]))
        return subprocess.run(
            [sys.executable, *words, "a script.py"],
            cwd=tmp_path,
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1"} | variables,
            input="what is typed",
            capture_output=True,
            text=True,
        )

    return run


BY_SERVER = ["-SE", job_server.__file__]
LIKE_PYTHON = {
    "surroundings": [
        "print(__name__, __file__, sys.argv[1:], os.getcwd(), os.environ['GIVEN'], input())",
        "import snakemake.script",  # which adds a path
        "print(*sys.path[:3], sys.executable, sep='\\n')",
        "print(len(os.environ), os.environ.get('ABSENT'))",
    ],
    "failure": ["print(1)", "raise ValueError('no convergence')"],
    "interrupt": ["raise KeyboardInterrupt"],
    "status": ["sys.exit(3)"],
    "status of none": ["sys.exit()"],
    "words": ["sys.exit('no rows')"],
    "syntax": ["1 +"],
    "ends": ["import atexit", "atexit.register(print, 'last')", "print('first', end=' ')"],
    "hook": ["sys.excepthook = lambda *_: print('told')", "raise ValueError"],
    "child": ["import subprocess", "print(subprocess.call(['false']))"],
    "big": ["print('x' * 200_000)"],
}


@pytest.mark.parametrize("lines", LIKE_PYTHON.values(), ids=LIKE_PYTHON)
def test_a_script_runs_as_python_runs_it(run, address, lines):
    by_python, by_server = (
        run(words, *lines, GIVEN="größe\n2", PYTHONPATH="of:jobs", FIXING_NTK_JOBS=address)
        for words in ([], BY_SERVER)
    )
    assert by_server.stdout == by_python.stdout
    assert by_server.stderr.splitlines()[-1:] == by_python.stderr.splitlines()[-1:]
    assert bool(by_server.returncode) == bool(by_python.returncode)
    if by_python.returncode > 0:
        assert by_server.returncode == by_python.returncode


def test_it_is_a_fork_and_one_that_is_killed_has_failed(run, address):
    forked = run(BY_SERVER, WHERE, "os.kill(os.getpid(), 9)", "", FIXING_NTK_JOBS=address)
    assert forked.returncode == 128 + signal.SIGKILL
    assert run(BY_SERVER, WHERE, FIXING_NTK_JOBS=address).stdout == "True\n"


@pytest.mark.parametrize(
    "variables",
    [{}, {"FIXING_NTK_JOBS": "nowhere"}, {"OPENBLAS_NUM_THREADS": "2"}],
    ids=["no server", "a server that is gone", "two threads"],
)
def test_without_a_server_python_runs_it(run, address, variables):
    given = {"FIXING_NTK_JOBS": address} | variables if variables else {}
    done = run(BY_SERVER, WHERE, "sys.exit(3)", **given)
    assert (done.stdout, done.returncode) == ("False\n", 3)


RUN = """
import glob, signal, subprocess, sys, time
from fixing_ntk.pipeline import job_server
signal.alarm(120)  # the test fails then, and does not wait for ever
job_server.start(".")
while not glob.glob("jobs-*"):
    time.sleep(0.05)
print(job_server._started[0].pid, flush=True)
try:
    done = subprocess.run(sys.executable + " job.py", shell=True)
except KeyboardInterrupt:
    print("interrupted", flush=True)
sys.stdin.read()
"""
JOB = """
import signal, sys, time
try:
    print("began", "numpy" in sys.modules, flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    print("the job too", flush=True)
    raise SystemExit(5)
"""


def gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_ctrl_c_ends_the_job_and_the_end_of_a_run_its_server(tmp_path):
    (tmp_path / "job.py").write_text(JOB)
    process = subprocess.Popen(
        [sys.executable, "-c", RUN],
        cwd=tmp_path,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(ROOT / "src")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    server = int(process.stdout.readline())
    assert process.stdout.readline() == "began True\n"
    os.killpg(process.pid, signal.SIGINT)
    assert {process.stdout.readline() for _ in range(2)} == {"interrupted\n", "the job too\n"}
    assert not gone(server)
    process.kill()
    process.wait()
    wait_for(lambda: gone(server))
    assert [path.name for path in tmp_path.iterdir()] == ["job.py"]
