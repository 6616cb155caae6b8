"""The command ``fixing-ntk``, which starts the workflow of the clone or of the installed wheel.

Snakemake runs in the folder of the clone, or, for a wheel, in the current folder. It replaces this
process, so that signals reach Snakemake and exit codes are Snakemake's.
"""

import argparse
import fcntl
import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from fixing_ntk.comparison.methods import SELECTABLE
from fixing_ntk.pipeline.places import CLONE, HOME, IN_A_CLONE
from fixing_ntk.results.declaration import BEYOND, EXTENDED, LEVELS, PAPER

RUN = "quick, paper, beyond, extended, or a run on your table (default: paper)"
# Of Snakemake's options, as a user may write those that the command gives too.
SPELLINGS = {
    "--configfile": ("--configfile", "--configfiles"),
    "--config": ("--config", "-C"),
}
LOCK = ".snakemake/fixing_ntk.lock"


class CommandError(ValueError):
    """The command cannot do what it is asked; the message says what to do instead."""


def project(folder):
    """Return the folder that holds ``results/``: the clone, or for a wheel the current folder.

    Parameters
    ----------
    folder : Path
        The current folder.

    Returns
    -------
    Path

    Raises
    ------
    CommandError
        Where the current folder is in another clone than this package is installed from.
    """
    above = (here for here in (folder, *folder.parents) if (here / "src/fixing_ntk").is_dir())
    here = next(above, None)
    if here not in (None, CLONE):
        raise CommandError(
            f"this environment belongs to {CLONE}; in {here}, `make clean setup` makes another"
        )
    return CLONE if IN_A_CLONE else folder


def snakemake(root, options, extra, resume=False, **environment):
    """Replace this process by Snakemake in the folder ``root``.

    Snakemake inherits a lock on the file `LOCK` and holds it as long as it runs. So a later command
    with ``resume`` knows whether a run is alive.

    Parameters
    ----------
    root : Path
        Folder that holds ``results/``, see `project`.
    options : dict of str to list of str
        Values of Snakemake's options. If ``extra`` has the same option, the user's values follow
        these values.
    extra : list of str
        The user's own arguments of Snakemake.
    resume : bool
        Remove Snakemake's lock of a killed run, unless a run or one of its Slurm jobs is alive.
    **environment : str
        Environment variables, beside those of this process.

    Raises
    ------
    CommandError
        With ``resume``, where a run is alive, or a Slurm job of an earlier run is.
    SystemExit
        With ``resume``, where Snakemake cannot remove its lock; the code is Snakemake's.
    ModuleNotFoundError
        Where Snakemake is not installed.
    """
    if find_spec("snakemake") is None:
        raise ModuleNotFoundError("No module named 'snakemake'")
    command = [sys.executable, "-m", "snakemake"]
    extra = [word for words in map(_spelled_out, extra) for word in words]
    for option, values in options.items():
        if option in extra:
            place = extra.index(option) + 1
            extra[place:place] = values
        else:
            command += [option, *values]
    os.chdir(root)
    if not IN_A_CLONE:
        command += ["--snakefile", _file("Snakefile")]
    command += ["--workflow-profile", _file("workflow/profiles/local"), *extra]
    Path(LOCK).parent.mkdir(exist_ok=True)
    lock = os.open(LOCK, os.O_CREAT | os.O_RDWR)
    os.set_inheritable(lock, True)
    if resume:
        if not _lock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB):
            raise CommandError("a run is alive in this clone; wait for its end, or end it first")
        if jobs := _slurm_jobs(root):
            raise CommandError(
                f"{len(jobs)} Slurm job(s) of an earlier run are alive: {', '.join(jobs)}; wait "
                f"for their end, or end them: scancel {' '.join(jobs)}"
            )
        if code := subprocess.call([*command, "--unlock"], env=os.environ | _cache(root)):
            sys.exit(code)
    _lock(lock, fcntl.LOCK_SH)  # shared, since several runs of different results may be alive
    os.execve(command[0], command, os.environ | _cache(root) | environment)


def _spelled_out(word):
    """Return the words for one of the user's, with options of a configuration in one spelling.

    Snakemake takes the last of two equal options, so values of the user are joined to those of the
    command, however the option is written: ``-C a=1``, ``-Ca=1`` or ``--config=a=1``.
    """
    for option, spellings in SPELLINGS.items():
        for spelling in spellings:
            if word == spelling:
                return [option]
            mark = "=" if spelling.startswith("--") else ""
            if word.startswith(spelling + mark):
                return [option, word.removeprefix(spelling + mark)]
    return [word]


def _file(name):
    """Return the path of a workflow file, by its path in the project.

    In a clone it is relative to the clone, since a clone may be moved. In a wheel it is absolute.
    """
    return name if IN_A_CLONE else str(HOME / name)


def _slurm_jobs(root):
    """Return the numbers, as text, of the user's Slurm jobs whose working folder is ``root``.

    The job in which this command runs is not among them. Without Slurm the list is empty.
    """
    if shutil.which("squeue") is None:
        return []
    asked = ["squeue", "--me", "--noheader", "--format=%i %Z"]  # job number and working folder
    listed = subprocess.run(asked, capture_output=True, text=True).stdout
    jobs = (line.split(maxsplit=1) for line in listed.splitlines() if line.strip())
    mine = os.environ.get("SLURM_JOB_ID")
    return [number for number, *at in jobs if at == [str(root)] and number != mine]


def _cache(root):
    """Return the environment variables that move Snakemake's cache to ``root``.

    The dict is empty where the usual cache, in the home folder, exists or can be made.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser())
    try:
        (cache / "snakemake").mkdir(parents=True, exist_ok=True)
    except OSError:
        return {"XDG_CACHE_HOME": str(root / ".snakemake/cache")}
    return {}


def _lock(file, kind):
    """Lock an open file, and return False if another process prevents it, else True.

    ``file`` is a file descriptor, and ``kind`` an operation of `fcntl.flock`. Without its flag
    ``LOCK_NB`` the call waits for the other process. Where the file system has no locks, True is
    returned.
    """
    try:
        fcntl.flock(file, kind)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _start(root, asked, extra):
    """Start one of the project's own runs: quick, paper, beyond or extended.

    ``root`` is from `project`, ``asked`` are the parsed arguments of the command line, and
    ``extra`` the user's own arguments of Snakemake.
    """
    snakemake(root, _options(root, asked, asked.command), extra)


def _options(root, asked, run):
    """Return the dict ``options`` of `snakemake` for a run: its configuration, cores if given.

    Arguments are as for `_start`, and ``run`` is the name of the run. A name that is no run raises
    `RunError`.
    """
    if run in LEVELS:
        options = {"--config": [f"level={run}"]}
        if only := getattr(asked, "only", None):
            options["--config"].append(f"only={json.dumps(only)}")
    elif run == "quick":
        options = {"--configfile": [_file("workflow/config/quick.yaml")]}
    else:
        from fixing_ntk.pipeline.own_runs import config_of

        config_of(root, run)
        options = {"--configfile": [f"results/{run}/config.yaml"]}
    if asked.cores:
        options["--cores"] = [asked.cores]
    return options


def _cores(text):
    """Return text that is a number of cores from 1, or "all"; a type of argparse."""
    if text != "all" and not (text.isdecimal() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is neither a number from 1 nor 'all'")
    return text


def _kind(text):
    """Return the pair (column, kind) from the text ``COLUMN=KIND``; a type of argparse.

    The text is cut at its last ``=``. The kind is any text: it is checked where the table is read.
    """
    column, mark, kind = text.rpartition("=")
    if not mark:
        raise argparse.ArgumentTypeError(f"{text!r} is not COLUMN=KIND, say zip=category")
    return column, kind


def _run(root, asked, extra):
    """Check a table of the user's own, write the configuration of its run, and start the run.

    Arguments are as for `_start`.
    """
    from fixing_ntk.pipeline.config import OPTIONS_OF_A_TABLE
    from fixing_ntk.pipeline.own_runs import prepare

    options = {key: getattr(asked, key) for key in OPTIONS_OF_A_TABLE}
    options["kinds"] = dict(options["kinds"]) if options["kinds"] else None
    own = {key: getattr(asked, key) for key in ("splits", "methods")}
    own = {key: value for key, value in own.items() if value is not None}
    name, accepted = prepare(root, asked.file, asked.target, asked.name, own, **options)
    told = json.dumps(accepted)  # so that the workflow need not read the table again
    snakemake(root, _options(root, asked, name), extra, FIXING_NTK_TABLE=told)


def _folder(run):
    """Return the name of a run's folder; paper, beyond and extended share the folder "paper"."""
    return PAPER if run in LEVELS else run


def _report(root, asked, extra):
    """Write Snakemake's report of a finished run, the HTML file results/RUN/report.html.

    Arguments are as for `_start`, and ``asked.run`` is the run. A run without a manifest has not
    finished, and raises `CommandError`.
    """
    options, folder = _options(root, asked, asked.run), _folder(asked.run)
    if not (root / "results" / folder / "manifest.json").is_file():
        raise CommandError(f"results/{folder} is no finished run: finish it, and then report")
    options["--report"] = [f"results/{folder}/report.html"]
    options["--report-stylesheet"] = [_file("workflow/report/report.css")]
    snakemake(root, options, extra)


def _crate(root, asked, _):
    """Write a finished run as an RO-Crate, results/RUN/RUN.crate.zip, and print this path.

    ``root`` and ``asked`` are as for `_start`, and ``asked.run`` is the run.
    """
    from fixing_ntk.pipeline.crate import pack

    folder = Path(os.path.relpath(root / "results" / _folder(asked.run)))
    output = folder / f"{folder.name}.crate.zip"
    pack(folder, output)
    print(output)


def _resume(root, asked, extra):
    """Go on with a run that was killed.

    Arguments are as for `_start`, and ``asked.run`` is the run. One of the project's own runs that
    has left neither results nor a lock raises `CommandError`.
    """
    folder = _folder(asked.run)
    locked = any((root / ".snakemake/locks").glob("*"))
    if folder in (PAPER, "quick") and not locked and not (root / "results" / folder).is_dir():
        raise CommandError(
            f"there is no run {asked.run!r} to resume; `fixing-ntk {asked.run}` starts it, and "
            "`fixing-ntk resume RUN` names another"
        )
    snakemake(root, _options(root, asked, asked.run), extra, resume=True)


def _predict(root, asked, _):
    """Predict new rows by a run on a table of the user's own, and write a CSV file of predictions.

    ``root`` and ``asked`` are as for `_start`. The file is ``asked.output``, by default in
    results/RUN/predictions/ with the name of the file of new rows. An existing file is replaced,
    but not the file of new rows, which raises `CommandError`.
    """
    from fixing_ntk.comparison.own_predictions import predict
    from fixing_ntk.drawing.cells import write_csv
    from fixing_ntk.pipeline.own_runs import config_of

    if Path(asked.run).name != asked.run:
        name = Path(asked.run).name
        raise CommandError(f"{asked.run!r} is no name of a run; give the name alone, say {name!r}")
    if not Path(asked.file).exists():
        raise CommandError(f"{asked.file}: no such file")
    folder = Path(os.path.relpath(root / "results" / asked.run))
    name = f"{Path(asked.file).name.removesuffix('.csv')}.csv"  # one for q.csv, one for q.xlsx
    output = Path(asked.output or folder / "predictions" / name)
    if output.is_dir() or output.suffix.lower() != ".csv":
        raise CommandError(f"{output}: predictions are a CSV file: end `--output` in .csv")
    if output.exists() and output.samefile(asked.file):
        raise CommandError(f"{output} holds the new rows: name another file for `--output`")
    if output.exists() and (folder / "config.yaml").exists():
        learned = root / config_of(root, asked.run).get("data", "")
        if learned.is_file() and output.samefile(learned):
            raise CommandError(f"{output} is the run's own table: name another file for `--output`")
    predictions, notes = predict(folder, asked.file, asked.method)
    output.parent.mkdir(parents=True, exist_ok=True)
    write_csv(predictions, output)
    print(f"{output}: {len(predictions)} rows, {'; '.join(notes)}")


def _verify(root, *_):
    """Replace this process by the comparison of results/paper with the published tables.

    ``root`` is from `project`; other arguments are ignored.
    """
    os.chdir(root)
    folders = ["results/paper", str(HOME / "results/published")]
    verify = [sys.executable, "-m", "fixing_ntk.results.verify", *folders]
    os.execv(verify[0], verify)


def _parser():
    """Return the parser of the command line.

    Parsed arguments have ``call``, the function of the chosen command, which `main` calls with the
    arguments of `_start`.
    """
    parser = argparse.ArgumentParser(
        prog="fixing-ntk",
        description="Regenerate the paper's figures and tables, or compare its methods on a table "
        "of your own.",
        epilog="`fixing-ntk COMMAND --help` lists a command's options. What follows `--` goes to "
        "Snakemake: `fixing-ntk paper -- --dry-run`. Results are in results/RUN/.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name, call, text):
        command = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        command.set_defaults(call=call, cores=None)
        return command

    def add_run(name, call, text):
        command = add(name, call, text)
        command.add_argument(
            "--cores", type=_cores, metavar="N", help="CPU cores to use (default: all)"
        )
        return command

    add_run("quick", _start, "every figure and table, small, from data that scikit-learn ships")
    for level, text in (
        (PAPER, "what the paper has, on 33 UCI sets"),
        (BEYOND, "the same, and what goes beyond the paper"),
        (EXTENDED, "the same, and what takes hours"),
    ):
        command = add_run(level, _start, text)
        command.add_argument("--only", nargs="+", metavar="RESULT", help="say, figure_1 claims")
    own = add_run("run", _run, "all methods on a table of your own")
    own.add_argument("file", metavar="FILE", help=".csv or other text, .xlsx or .parquet")
    own.add_argument("--target", required=True, metavar="COLUMN", help="the column to predict")
    own.add_argument("--task", choices=["auto", "classification", "regression"])
    for option, what, text in (
        ("--drop", "COLUMN", "columns to leave out"),
        ("--use", "COLUMN", "columns to keep anyway"),
        ("--missing", "WORD", "what counts as missing, beside empty cells"),
    ):
        own.add_argument(option, nargs="*", action="extend", metavar=what, help=text)
    own.add_argument(
        "--kind",
        dest="kinds",
        type=_kind,
        action="append",
        metavar="COLUMN=KIND",
        help="say, zip=category",
    )
    own.add_argument("--encoding", metavar="PAGE", help="of text that is not UTF-8, say cp1250")
    own.add_argument("--group", metavar="COLUMN", help="rows of one value stay together")
    own.add_argument("--time", metavar="COLUMN", help="test on what comes after")
    own.add_argument("--splits", type=int, metavar="N", help="random splits to compare on")
    own.add_argument(
        "--methods",
        nargs="+",
        metavar="METHOD",
        help=f"of {', '.join(SELECTABLE)}; MKL and a guess are always there",
    )
    own.add_argument("--name", help="name of the run (default: that of the file)")
    predict = add("predict", _predict, "new rows by what a run on your table learned")
    predict.add_argument("run", metavar="RUN", help="name of the run on your table")
    predict.add_argument("file", metavar="FILE", help="the new rows")
    predict.add_argument("--method", help="as the page calls it (default: the one to take)")
    predict.add_argument("--output", metavar="FILE", help="default: in results/RUN/predictions/")
    report = add("report", _report, "one HTML file of a finished run")
    resume = add_run("resume", _resume, "go on after a run was killed")
    crate = add("crate", _crate, "a finished run as an RO-Crate, for an archive")
    for command in (report, resume, crate):
        command.add_argument("run", nargs="?", default="paper", metavar="RUN", help=RUN)
    add("verify", _verify, "compare the tables of a finished run with the published ones")
    return parser


def main(arguments=None):
    """Run the command with the arguments of the command line.

    Parameters
    ----------
    arguments : list of str, optional
        By default the arguments of this process. Arguments after ``--`` are passed to Snakemake.

    Raises
    ------
    SystemExit
        For a ValueError, an OSError or a missing module: with a line for each fault, which Python
        prints, and code 1. For arguments that cannot be parsed: code 2. For Ctrl-C: code 130.
    """
    words = sys.argv[1:] if arguments is None else arguments
    end = words.index("--") if "--" in words else len(words)
    asked = _parser().parse_args(words[:end])
    try:
        asked.call(project(Path.cwd()), asked, words[end + 1 :])
    except (ValueError, OSError) as error:
        sys.exit("\n".join(f"fixing-ntk: {line}" for line in str(error).splitlines()))
    except ModuleNotFoundError as error:
        sys.exit(
            f"fixing-ntk: {error}; `pip install 'fixing_ntk[pipeline]'` has what the workflow needs"
        )
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
