"""Run a Slurm cluster of one node, on this machine, while a test needs it."""

import fcntl
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "squeue", "scancel", "scontrol")
# Slurm clears its own variables from a job's environment, so only the built-in path always holds.
CONF = Path("/etc/slurm/slurm.conf")
PREFIX = "fixing-ntk-slurm-"  # of the folder that holds all that a cluster writes
DAEMONS = ("slurmd", "slurmctld", "munged")

CONF_TEXT = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort=16817
SlurmdPort=16818
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.sock
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
MailProg=/bin/true
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
# Memory is enforced by watching it: a job above its request is killed.
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,bf_interval=1,sched_min_interval=0
# Finished jobs stay on record until the cluster goes.
MinJobAge=3600
KillWait=5
ReturnToService=2
# More jobs at a time than there are cores: most of a short job is waiting.
SlurmdParameters=config_overrides
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory_mb} State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


class Unavailable(Exception):
    """No Slurm cluster can be started on this machine; the message is the reason."""


@contextmanager
def one_node(cpus, memory_mb):
    """Start a Slurm cluster of one node for a ``with`` block, and remove it after the block.

    Its daemons are stopped, its jobs cancelled and its files deleted, also after an error. While
    another test cluster runs, wait.

    Parameters
    ----------
    cpus, memory_mb : int
        CPUs of the node, and its memory in MB. Each may exceed what the machine has.

    Raises
    ------
    Unavailable
        Without root or Slurm's programs, or where another cluster is configured.
    """
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        raise Unavailable(f"not installed: {', '.join(missing)}")
    if os.geteuid() != 0:
        raise Unavailable("slurmd starts jobs as root only")
    with ExitStack() as stack:
        stack.enter_context(_turn())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=PREFIX)))
        _write(folder, cpus, memory_mb)
        CONF.symlink_to(folder / "slurm.conf")
        stack.callback(CONF.unlink)
        stack.callback(_stop, folder)
        _start(folder)
        stack.callback(_cancel)
        yield


def show_job(job):
    """Return the fields of Slurm's record of a job, a dict of str by name."""
    out = _output("scontrol", "--oneliner", "show", "job", str(job))
    return dict(field.split("=", 1) for field in out.split() if "=" in field)


def queue():
    """Return the ids of the jobs that wait or run, a list of str."""
    return _output("squeue", "--noheader", "--format=%i").split()


def wait_until(condition, complaint, seconds=600):
    """Wait until ``condition()`` is true, or raise TimeoutError(complaint) after some seconds."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(complaint)
        time.sleep(0.1)


@contextmanager
def _turn():
    """Hold a lock for a ``with`` block, so that one test cluster runs at a time.

    A cluster that a killed test left is removed first. Another cluster's configuration raises
    `Unavailable`.
    """
    CONF.parent.mkdir(exist_ok=True)
    lock = os.open(CONF.parent, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if CONF.is_symlink() and CONF.readlink().parent.name.startswith(PREFIX):
            _stop(CONF.readlink().parent)
            shutil.rmtree(CONF.readlink().parent, ignore_errors=True)
            CONF.unlink()
        if os.path.lexists(CONF):
            raise Unavailable(f"{CONF} belongs to another cluster")
        yield
    finally:
        os.close(lock)


def _write(folder, cpus, memory_mb):
    """Write what the daemons read to a folder: folders, a key of munge, and ``slurm.conf``."""
    folder.chmod(0o755)  # munged refuses a socket that others cannot reach
    for name in ("state", "spool"):
        (folder / name).mkdir()
    key = folder / "munge.key"
    key.write_bytes(secrets.token_bytes(1024))
    key.chmod(0o400)
    text = CONF_TEXT.format(host=_host(), folder=folder, cpus=cpus, memory_mb=memory_mb)
    (folder / "slurm.conf").write_text(text)


def _start(folder):
    """Start the three daemons with files in a folder, and wait until the node is idle."""
    files = {
        "socket": "munge.sock",
        "key-file": "munge.key",
        "log-file": "munged.log",
        "pid-file": "munged.pid",
        "seed-file": "munged.seed",
    }
    _output("munged", *(f"--{option}={folder / name}" for option, name in files.items()))
    _output("slurmctld")
    _output("slurmd", "-N", _host())
    wait_until(lambda: "idle" in _output("sinfo", "-h", "-o", "%T"), "the node is not idle")


def _cancel():
    """Cancel all jobs and wait until they end, since their processes would outlive the daemons."""
    _output("scancel", "--user=root")
    wait_until(lambda: not queue(), "jobs do not end")


def _stop(folder):
    """End the daemons whose pid files are in a folder: by SIGTERM, then by SIGKILL."""

    def running():
        return [pid for pid, name in pids.items() if _runs(pid, name)]

    pids = {_pid(folder / f"{name}.pid"): name for name in DAEMONS}
    for pid in running():
        os.kill(pid, signal.SIGTERM)
    try:
        wait_until(lambda: not running(), "daemons do not stop")
    except TimeoutError:
        for pid in running():
            os.kill(pid, signal.SIGKILL)


def _pid(path):
    """Return the process id in a file, or None without a file or an id."""
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None


def _runs(pid, name):
    """Return whether the process ``pid`` runs under this name; a zombie does not.

    Where no process reaps them, ended daemons stay as zombies.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return f"({name})" in stat and stat.rpartition(")")[2].split()[0] != "Z"


def _output(*command):
    """Run a command, and return its stdout; raise RuntimeError if it fails."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout}{done.stderr}")
    return done.stdout


def _host():
    return socket.gethostname().split(".")[0]
