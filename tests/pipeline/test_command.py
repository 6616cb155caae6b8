"""The command: what it starts, what it keeps of a run on a table of the user's own, its lock."""

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from project import ROOT, Project

from fixing_ntk import command
from fixing_ntk.pipeline import own_runs
from fixing_ntk.pipeline.config import OPTIONS_OF_A_TABLE
from fixing_ntk.pipeline.own_runs import LARGE, OF_THE_PROJECT, SETTINGS_OF_LARGE

TABLE = "a,b,t,u\n" + "1.5,2,x,no\n2.5,3,y,yes\n" * 9


class Started(Exception):
    """In place of Snakemake."""


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A folder with what the command reads; the user is in it."""
    (tmp_path / "workflow").mkdir()
    shutil.copytree(ROOT / "workflow/schemas", tmp_path / "workflow/schemas")
    shutil.copy(ROOT / "config.yaml", tmp_path)
    (tmp_path / "my.csv").write_text(TABLE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command, "project", lambda folder: tmp_path)
    return tmp_path


@pytest.fixture
def started(clone, monkeypatch):
    """Arguments that Snakemake is started with by a command line."""

    def execute(program, arguments, environment):
        raise Started(*arguments[3:])

    def start(*words):
        monkeypatch.setattr(os, "execve", execute)
        with pytest.raises(Started) as caught:
            command.main(list(words))
        return list(caught.value.args)

    return start


def refused(*words):
    with pytest.raises(SystemExit) as caught:
        command.main(list(words))
    return str(caught.value)


def config_of(clone, name):
    return yaml.safe_load((clone / f"results/{name}/config.yaml").read_text())


LOCAL = ["--workflow-profile", "workflow/profiles/local"]


@pytest.mark.parametrize(
    ("words", "options"),
    [
        ("quick", ["--configfile", "workflow/config/quick.yaml"]),
        ("paper", ["--config", "level=paper"]),
        ("paper --only figure_1", ["--config", "level=paper", 'only=["figure_1"]']),
        ("extended --cores 3", ["--config", "level=extended", "--cores", "3"]),
    ],
)
def test_runs_of_the_project_are_options_of_snakemake(started, words, options):
    assert started(*words.split()) == [*options, *LOCAL]


def test_what_follows_two_dashes_goes_to_snakemake_beside_what_the_command_says(started):
    own = ["--config", "seed=3", "--workflow-profile", "slurm"]
    expected = [*LOCAL, "--config", "level=paper", "seed=3", *own[2:]]
    assert started("paper", "--", *own) == expected


@pytest.mark.parametrize("home", ["a home", "a file"])
def test_a_home_that_cannot_be_written_is_done_without(clone, monkeypatch, home):
    (clone / "a home").mkdir()
    (clone / "a file").touch()
    monkeypatch.setenv("HOME", str(clone / home))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    found = []
    monkeypatch.setattr(os, "execve", lambda *given: found.append(given[2].get("XDG_CACHE_HOME")))
    command.main(["quick"])
    assert found == [None if home == "a home" else str(clone / ".snakemake/cache")]


def test_a_report_is_beside_the_results(clone, started):
    for run in ("quick", "paper"):
        (clone / "results" / run).mkdir(parents=True)
        assert f"results/{run} is no finished run" in refused("report", run)
        (clone / "results" / run / "manifest.json").write_text("{}")
    assert "results/paper/report.html" in started("report", "beyond")
    assert "results/quick/report.html" in started("report", "quick")


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("my data (1).csv", "my-data-1"),
        ("-süß $x 'a' \"b\".csv", "su-x-a-b"),
        ("paper.csv", "paper-table"),
        ("beyond.csv", "beyond-table"),
        ("published.csv", "published-table"),
        ("数据.csv", "table"),
        ("a folder/some.v2.csv", "some.v2"),
    ],
)
def test_a_run_is_named_after_its_file(started, clone, file, name):
    (clone / file).parent.mkdir(exist_ok=True)
    (clone / file).write_text(TABLE)
    assert started("run", f"./{file}", "--target", "t")[:2] == [
        "--configfile",
        f"results/{name}/config.yaml",
    ]
    written = config_of(clone, name)
    assert written == dict(name=name, data=file, target="t") | OPTIONS_OF_A_TABLE


def test_options_of_a_table_are_kept_with_its_run(started, clone):
    rows = "".join(f"{i % 7 / 2},{i % 11},{i / 3:.2f},{'xy'[i % 2]}\n" for i in range(60))
    (clone / "my.csv").write_text(f"a,b,c,t\n{rows}")
    given = ["--kind", "a=category", "--kind", "b=text", "--missing", "q", "r", "--group", "a"]
    started("run", "my.csv", "--target", "t", *given)
    kept = dict(kinds=dict(a="category", b="text"), missing=["q", "r"], group="a")
    written = config_of(clone, "my")
    assert {key: written[key] for key in kept} == kept
    started("run", "my.csv", "--target", "t", "--kind", "b=category")
    assert config_of(clone, "my")["kinds"] == dict(b="category")
    assert config_of(clone, "my")["group"] == "a"


def test_methods_and_splits_are_kept_beside_what_the_file_says(started, clone):
    started("run", "my.csv", "--target", "t", "--methods", "svm", "ntk")
    assert config_of(clone, "my")["own"] == dict(methods=["svm", "ntk"])
    started("run", "my.csv", "--target", "t", "--splits", "3")
    assert config_of(clone, "my")["own"] == dict(methods=["svm", "ntk"], splits=3)
    path = clone / "results/my/config.yaml"
    edited = path.read_text()
    for key, value in (("methods", "boost"), ("splits", "0")):
        assert f"own.{key}" in refused("run", "my.csv", "--target", "t", f"--{key}", value)
    assert path.read_text() == edited


def test_a_large_table_has_settings_that_end_in_minutes(started, clone):
    def write(name, n):
        rows = "".join(f"{i % 97 / 7},{i},{'xy'[i % 2]}\n" for i in range(n))
        (clone / name).write_text(f"a,b,t\n{rows}")
        started("run", name, "--target", "t", "--use", "b", "--splits", "4")
        return config_of(clone, name.removesuffix(".csv"))["own"]

    assert write("usual.csv", LARGE) == dict(splits=4)
    assert write("large.csv", LARGE + 1) == SETTINGS_OF_LARGE | dict(splits=4)


def test_each_target_of_a_file_has_its_own_run(started, clone):
    for _ in range(2):  # the same command means the same run
        started("run", "my.csv", "--target", "t")
        started("run", "my.csv", "--target", "u")
    assert config_of(clone, "my")["target"] == "t"
    assert config_of(clone, "my-u")["target"] == "u"
    started("run", "my.csv", "--target", "u", "--name", "mine")
    assert config_of(clone, "mine")["target"] == "u"
    (clone / "other").mkdir()
    shutil.copy("my.csv", "other/my.csv")
    for words in (("other/my.csv", "--target", "t"), ("my.csv", "--target", "a", "--name", "my")):
        said = refused("run", *words)
        assert "results/my is the run of my.csv with target 't'" in said
        assert "--name" in said
    assert config_of(clone, "my")["target"] == "t"


def test_a_further_run_changes_the_options_given_and_nothing_else(started, clone):
    started("run", "my.csv", "--target", "t", "--drop", "a")
    path = clone / "results/my/config.yaml"
    path.write_text(path.read_text() + "own: {splits: 3}  # mine\nseed: 4\n")
    edited = path.read_text()
    started("run", "my.csv", "--target", "t", "--drop", "a")
    assert path.read_text() == edited
    before = config_of(clone, "my")
    started("run", "my.csv", "--target", "t", "--drop", "a", "--drop", "u", "--use", "b")
    assert config_of(clone, "my") == before | dict(drop=["a", "u"], use=["b"])
    assert "own: {splits: 3}  # mine\n" in path.read_text()
    started("run", "my.csv", "--target", "t", "--drop")
    assert config_of(clone, "my") == before | dict(drop=[], use=["b"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("my.csv --target z", "my.csv: no column 'z'"),
        ("my.csv --target t --drop z", "'z'"),
        ("my.csv --target t --name paper", "'paper' is taken"),
        ("my.csv --target t --name a/b", "name: "),
        ("my.csv --target t --name=", "name: "),
        ("my.csv --target t --encoding foo", "no code page is called 'foo'"),
        ("none.csv --target t", "none.csv: no such file"),
        (". --target t", "is a directory"),
        ("a{b}.csv --target t", "braces"),
    ],
)
def test_what_is_refused_leaves_no_folder(clone, words, said):
    (clone / "a{b}.csv").write_text(TABLE)
    message = refused("run", *words.split())
    assert said in message
    assert len(message.splitlines()) == 1
    assert not (clone / "results").exists()


@pytest.mark.parametrize("cores", ["0", "-1", "two"])
def test_a_number_of_cores_that_is_none_is_refused(clone, cores, capsys):
    refused("run", "my.csv", "--target", "t", f"--cores={cores}")
    assert "is neither a number from 1 nor 'all'" in capsys.readouterr().err


def test_a_mistyped_option_of_a_finished_run_is_not_written(started, clone):
    started("run", "my.csv", "--target", "t")
    before = (clone / "results/my/config.yaml").read_text()
    assert "'c'" in refused("run", "my.csv", "--target", "t", "--drop", "c")
    assert (clone / "results/my/config.yaml").read_text() == before


@pytest.mark.parametrize("content", [b"", b"# data: my.csv\n", b"data: [\n", b"data: \xe4\n"])
def test_a_configuration_that_says_nothing_is_one_clear_line(clone, content):
    (clone / "results/my").mkdir(parents=True)
    (clone / "results/my/config.yaml").write_bytes(content)
    for words in (("report", "my"), ("resume", "my"), ("run", "my.csv", "--target", "t")):
        said = refused(*words)
        assert "results/my/config.yaml" in said
        assert len(said.splitlines()) == 1


def test_a_run_that_is_not_there_is_named_with_those_that_are(started, clone):
    started("run", "my.csv", "--target", "t")
    (clone / "results/etc").mkdir()
    for name in ("yours", "etc", "../my", str(clone / "results/my")):
        said = refused("resume", name)
        assert said.endswith(f"is no run; there are {', '.join(OF_THE_PROJECT)}, my")
    assert "no finished run" in refused("predict", "my", "my.csv")
    for path in (str(clone / "results/my"), "../results/my"):
        said = refused("predict", path, "my.csv")
        assert said.endswith("is no name of a run; give the name alone, say 'my'")


def test_a_copied_clone_is_told_to_make_its_own_environment(tmp_path):
    assert command.project(ROOT / "tests") == ROOT
    assert command.project(tmp_path) == ROOT
    (tmp_path / "src/fixing_ntk").mkdir(parents=True)
    with pytest.raises(command.CommandError, match="make clean setup"):
        command.project(tmp_path / "src")


def test_slurm_jobs_that_a_killed_run_left_are_named(clone, monkeypatch):
    """They would be submitted twice. Those of other folders, and one's own, are none of it."""
    (clone / "bin").mkdir()
    squeue = clone / "bin/squeue"
    squeue.write_text(
        f"#!/bin/sh\necho '7 {clone}'\necho '8 /elsewhere'\necho '9 {clone}'\necho '12_3 {clone}'\n"
    )
    squeue.chmod(0o755)
    monkeypatch.setenv("PATH", f"{clone / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setenv("SLURM_JOB_ID", "9")
    (clone / "results/quick").mkdir(parents=True)
    said = refused("resume", "quick")
    assert "2 Slurm job(s) of an earlier run are alive: 7, 12_3; wait" in said
    assert said.endswith("end them: scancel 7 12_3")
    squeue.write_text("#!/bin/sh\necho 'slurm_load_jobs error' >&2\nexit 1\n")
    assert command._slurm_jobs(clone) == []


def test_a_run_that_is_alive_is_not_unlocked(tmp_path):
    project = Project(tmp_path / "a clone")
    (project.folder / "snakemake.py").write_text(
        "import sys, time\n"
        "print(*sys.argv[1:], flush=True)\n"
        "time.sleep(60 if '--forceall' in sys.argv else 0)\n"
    )
    python = [sys.executable, "-m", "fixing_ntk.command"]
    options = dict(
        cwd=project.folder / "src",
        env=os.environ | {"PYTHONPATH": str(project.folder / "src")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with subprocess.Popen([*python, "quick", "--", "--forceall"], **options) as alive:
        assert "quick.yaml" in alive.stdout.readline()  # it has begun
        (project.folder / "results/quick").mkdir(parents=True)
        done = subprocess.run([*python, "resume", "quick"], **options)
        assert done.returncode == 1
        assert done.stdout.startswith("fixing-ntk: a run is alive in this clone")
        assert len(done.stdout.splitlines()) == 1
        assert subprocess.run([*python, "paper"], **options).returncode == 0  # another may run
        alive.kill()
    done = subprocess.run([*python, "resume", "quick"], **options)
    first, second = done.stdout.splitlines()
    assert first == f"{second} --unlock"
    assert done.returncode == 0


def test_predictions_never_replace_the_new_rows(clone):
    (clone / "new.csv").write_text(TABLE)
    said = refused("predict", "my", "new.csv", "--output", "../" + clone.name + "/new.csv")
    assert "holds the new rows: name another file for `--output`" in said
    assert (clone / "new.csv").read_text() == TABLE


@pytest.mark.parametrize("run", ["paper", "beyond", "quick"])
def test_a_run_that_never_began_is_not_resumed(clone, started, run):
    assert f"there is no run {run!r} to resume" in refused("resume", run)


def test_a_key_is_replaced_whole_blank_lines_and_comments_in_it_too():
    kinds = "kinds:\n  x: number\n\n# a code\n  y: category\n"
    text = f"# of the run\n{kinds}\n# seeds\nseed: 3\ndrop:\n- a\n"
    changed = own_runs._with(text, {"kinds": {"x": "category"}, "drop": ["b"]})
    assert yaml.safe_load(changed) == {"seed": 3, "kinds": {"x": "category"}, "drop": ["b"]}
    assert "# of the run" in changed
    assert "# seeds\nseed: 3" in changed


@pytest.mark.parametrize(
    "words", [["--config", "seed=1"], ["-C", "seed=1"], ["-Cseed=1"], ["--config=seed=1"]]
)
def test_a_key_of_the_user_joins_those_of_the_command_however_it_is_written(started, words):
    """Snakemake takes the last of two equal options alone."""
    arguments = started("beyond", "--", *words)
    assert arguments.count("--config") == 1
    at = arguments.index("--config")
    assert arguments[at : at + 3] == ["--config", "level=beyond", "seed=1"]
    assert not [word for word in arguments if word.startswith("-C")]


@pytest.mark.parametrize("words", [["--configfile", "a.yaml"], ["--configfiles=a.yaml"]])
def test_a_configuration_of_the_user_joins_that_of_the_run(started, words):
    arguments = started("quick", "--", *words)
    assert arguments.count("--configfile") == 1
    at = arguments.index("--configfile")
    assert arguments[at + 1].endswith("quick.yaml")
    assert arguments[at + 2] == "a.yaml"


def test_the_configuration_of_a_run_is_written_whole_or_not_at_all(started, clone, monkeypatch):
    started("run", "my.csv", "--target", "t")
    before = (clone / "results/my/config.yaml").read_bytes()

    def full(path, text, **_):
        with open(path, "w") as f:
            f.write(text[:5])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    said = refused("run", "my.csv", "--target", "t", "--drop", "a")
    assert said.endswith("config.yaml: No space left on device; what was there stays")
    assert (clone / "results/my/config.yaml").read_bytes() == before
    assert [path.name for path in (clone / "results/my").iterdir()] == ["config.yaml"]


def test_predictions_never_replace_the_table_that_was_learned(started, clone):
    started("run", "my.csv", "--target", "t")
    (clone / "new.csv").write_text(TABLE)
    said = refused("predict", "my", "new.csv", "--output", "my.csv")
    assert said.endswith("my.csv is the run's own table: name another file for `--output`")
    assert (clone / "my.csv").read_text() == TABLE
    assert refused("predict", "my", "none.csv") == "fixing-ntk: none.csv: no such file"


@pytest.mark.parametrize(
    ("labels", "accepted"), [(["u"] * 30 + ["v"] * 30, False), (["u", "v"] * 30, True)]
)
def test_splits_by_time_that_lack_a_class_are_refused_before_any_job(
    started, clone, labels, accepted
):
    rows = "".join(
        f"{k / 7},2024-{1 + k // 28:02}-{1 + k % 28:02},{label}\n" for k, label in enumerate(labels)
    )
    (clone / "my.csv").write_text(f"a,day,y\n{rows}")
    words = ("run", "my.csv", "--target", "y", "--time", "day", "--splits", "2")
    if accepted:
        assert started(*words)
    else:
        assert "splits by time leave rows to fit on without class 'v'" in refused(*words)
        assert not (clone / "results/my").exists()


def test_groups_whose_sample_to_tune_on_lacks_a_class_are_refused_before_any_job(clone):
    groups = [f"u{k % 10}" for k in range(200)] + ["v0"] * 200 + ["v1", "v2"]
    rows = "".join(f"{k / 7},{group},{group[0]}\n" for k, group in enumerate(groups))
    (clone / "my.csv").write_text(f"a,who,y\n{rows}")
    (clone / "results/my").mkdir(parents=True)
    keys = "name: my\ndata: my.csv\ntarget: y\ngroup: who\nown: {tuning_rows: 50}\n"
    (clone / "results/my/config.yaml").write_text(keys)
    assert "have all rows of a class in one group" in refused("run", "my.csv", "--target", "y")


def test_a_folder_that_was_renamed_says_so(clone):
    (clone / "results/renamed").mkdir(parents=True)
    (clone / "results/renamed/config.yaml").write_text("name: my\ndata: my.csv\ntarget: t\n")
    for word in ("report", "resume"):
        said = refused(word, "renamed")
        assert "config.yaml says `name: my`: write `name: renamed` there" in said


@pytest.mark.parametrize("output", ["o.xlsx", "o", "-", "."])
def test_predictions_go_to_a_csv_file(clone, output):
    (clone / "new.csv").write_text(TABLE)
    said = refused("predict", "my", "new.csv", "--output", output)
    assert said.endswith(f"{output}: predictions are a CSV file: end `--output` in .csv")
    assert not (clone / "o").exists()


@pytest.mark.parametrize(("size", "left"), [(0.001, "39 to train on and 1"), (0.95, "2 to train")])
def test_splits_that_leave_too_few_rows_of_a_real_target_are_refused(clone, size, left):
    rows = "".join(f"{k / 7},{k * k / 3}\n" for k in range(40))
    (clone / "my.csv").write_text(f"a,y\n{rows}")
    (clone / "results/my").mkdir(parents=True)
    keys = f"name: my\ndata: my.csv\ntarget: y\nsplits: {{test_size: {size}}}\n"
    (clone / "results/my/config.yaml").write_text(keys)
    said = refused("run", "my.csv", "--target", "y")
    assert f"of its 40 rows, `splits.test_size` of {size} leaves {left}" in said
