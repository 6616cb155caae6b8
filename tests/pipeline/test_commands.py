"""Every command of README and docs, run as it stands there, in a copy of the project."""

import json
import re
import shlex
import shutil
import zipfile

import pandas as pd
import pytest
import yaml
from checkout import Checkout
from project import ROOT
from sklearn.datasets import load_iris

from fixing_ntk.comparison.methods import LOGISTIC, OURS_ON_A_TABLE, on_a_table
from fixing_ntk.pipeline import provenance

NTK = ".venv/bin/fixing-ntk"
RUN = {}  # by command: the test that runs it
SINGLE = [f"{NTK} paper --only figure_1", f"{NTK} paper --only figure_1 claims"]


def runs(*commands):
    """Say which commands of the pages a test runs."""

    def mark(test):
        RUN.update(dict.fromkeys(commands, test.__name__))
        return test

    return mark


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    return Checkout(tmp_path_factory.mktemp("clone") / "fixing_ntk")


@pytest.fixture(scope="module")
def quick(clone):
    """What the first command printed."""
    return clone.run("make quick")


@runs("make quick")
def test_the_first_command_makes_every_figure_and_table(clone, quick):
    results = clone.folder / "results/quick"
    for kind, file in (("figures", "fit_1d.svg"), ("tables", "claims.md")):
        assert (results / kind / file).stat().st_size > 1000
    assert "holds" in (results / "tables/claims.md").read_text()
    assert "Nothing to be done" in clone.run("make quick")


def test_a_run_into_a_pipe_is_quiet(quick):
    assert len(quick.splitlines()) < 25
    assert "on one page: results/quick/overview.html" in quick
    assert "━" not in quick


def test_a_claim_says_how_it_is_recomputed(clone, quick):
    commands = pd.read_csv(clone.folder / "results/quick/tables/claims.csv").command
    assert commands.str.startswith(".venv/bin/snakemake").all()
    for name in ("arrangement", "when_it_pays"):  # the paper's, and beyond it
        command = commands[commands.str.endswith(f"/{name}.csv")].iloc[0]
        said = clone.run(f"{command} --dry-run")
        assert re.search(rf"^compute_{name} +1$", said, re.MULTILINE)


@runs("make report RUN=quick", f"{NTK} report quick")
def test_the_report_holds_every_output(clone, quick):
    clone.run("make report RUN=quick")
    report = (clone.folder / "results/quick/report.html").read_text()
    shown = clone.folder / "results/quick"
    for path in (*shown.glob("figures/*.svg"), *shown.glob("tables/*.html")):
        assert path.relative_to(clone.folder).as_posix() in report
    fetched = r'<(?:script|link|img|iframe)\b[^>]*(?:src|href)="(?:https?:)?//[^"]*'
    assert re.findall(fetched, report) == [], "the report is one file"


@runs(f"{NTK} crate quick")
def test_a_finished_run_is_packed(clone, quick):
    assert clone.run(f"{NTK} crate quick").split() == ["results/quick/quick.crate.zip"]
    assert zipfile.is_zipfile(clone.folder / "results/quick/quick.crate.zip")


@runs("make resume", f"{NTK} resume quick")
def test_resuming_a_finished_run_does_nothing(clone, quick):
    said = clone.run(f"{NTK} resume quick")
    assert "Unlocked" in said
    assert "Nothing to be done" in said


@runs("make setup")
def test_the_environment_alone_is_a_target(clone):
    assert clone.run("make setup") == ""


@runs(".venv/bin/snakemake --workflow-profile workflow/profiles/local --configfile mine.yaml")
def test_a_table_among_the_datasets_is_planned(clone):
    """tests/pipeline/test_own_datasets.py runs one."""
    (text,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/own_data.md").read_text(), re.DOTALL)
    (clone.folder / "mine.yaml").write_text(text)
    (clone.folder / "tables").mkdir()
    frame = load_iris(as_frame=True).frame.iloc[50:].rename(columns={"target": "outcome"})
    frame.to_csv(clone.folder / "tables/my data.csv", index=False)
    command = ".venv/bin/snakemake --workflow-profile workflow/profiles/local"
    said = clone.run(f"{command} --configfile mine.yaml --dry-run")
    assert re.search(r"^prepare_dataset +34$", said, re.MULTILINE)


@runs(
    f"{NTK} run my.csv --target column -- --dry-run",
    f"{NTK} run my.csv --target column",
    f"{NTK} predict my new.csv",
)
def test_own_data_gives_a_page_and_models(clone):
    frame = load_iris(as_frame=True).frame.iloc[50:].rename(columns={"target": "column"})
    frame.to_csv(clone.folder / "my.csv", index=False)
    results = clone.folder / "results/my"
    clone.run(f"{NTK} run my.csv --target column -- --dry-run")
    assert [path.name for path in results.iterdir()] == ["config.yaml"]
    with open(results / "config.yaml", "a") as f:
        f.write("own: {splits: 2}\n")
    said = clone.run(f"{NTK} run my.csv --target column")
    rows = pd.read_csv(results / "tables/own_data.csv")
    assert list(rows.method) == [*on_a_table("classification").values()] * 2
    assert rows.gap.max() <= 1e-6
    assert rows[rows.method.isin([*OURS_ON_A_TABLE, LOGISTIC])].score.min() > 0.85
    for name in ("own_data", "own_ranks", "probabilities"):
        assert (results / f"figures/{name}.png").stat().st_size > 1000
    least = pd.read_csv(results / "tables/probabilities.csv").iloc[0]
    by = rows.groupby("method").log_loss.mean()
    assert (least.method, least.log_loss) == (by.idxmin(), pytest.approx(by.min()))
    assert (results / "tables/confusion.csv").exists()
    assert "The methods on your table" in (results / "overview.html").read_text()
    assert re.search(r"^Take .*: its test accuracy", said, re.MULTILINE)
    assert (results / "manifest.json").exists()
    clone.run(f"{NTK} report my")
    assert "own_data" in (results / "report.html").read_text()
    assert "Nothing to be done" in clone.run("make run DATA=my.csv TARGET=column")
    frame.head(7).drop(columns="column").to_csv(clone.folder / "new.csv", index=False)
    assert "7 rows, by" in clone.run(f"{NTK} predict my new.csv")
    predictions = pd.read_csv(results / "predictions/new.csv")
    assert (predictions.prediction == 1).sum() >= 5  # of rows that it has seen
    frame.iloc[:7, 1:].to_csv(clone.folder / "new.csv", index=False)
    refused = clone.try_to_run("make predict RUN=my DATA=new.csv")
    assert f"new.csv: no column '{frame.columns[0]}'; the table that was learned" in refused.stdout
    assert "Traceback" not in refused.stdout


@pytest.mark.parametrize(
    "typed",
    [
        "my data (1).csv",
        '-dash $HOME $$ it\'s "quoted".csv',
        "größe & more; #1 a\\b*?[c].csv",
    ],
)
def test_any_name_of_a_file_is_taken_as_typed_from_any_folder(clone, typed):
    frame = load_iris(as_frame=True).frame.iloc[50:].rename(columns={"target": "the target ('t')"})
    folder = clone.folder / "my tables"
    folder.mkdir(exist_ok=True)
    frame.to_csv(folder / typed, sep=";", decimal=",", index=False)
    words = shlex.join(["run", f"./{typed}", "--target", frame.columns[-1], "--", "--dry-run"])
    said = clone.run(f"cd 'my tables' && ../{NTK} {words}")
    assert "100 rows, read as semicolon-separated, decimal comma" in said
    assert re.search(r"^compare_own_data +5", said, re.MULTILINE)


def test_identifiers_and_dates_are_said_before_any_job(clone):
    frame = load_iris(as_frame=True).frame.iloc[50:].rename(columns={"target": "class"})
    frame = frame.assign(id=range(100), seen=pd.date_range("2024-01-01", periods=100), site="north")
    frame.to_excel(clone.folder / "plants.xlsx", index=False)
    said = clone.run(f"{NTK} run plants.xlsx --target class -- --dry-run")
    assert "read as Excel sheet 'Sheet1'; classification on 5 of 7 columns" in said
    assert "  id: left out: 100 values, each in one row" in said
    assert "  site: left out: one value" in said


@pytest.mark.parametrize(
    ("command", "content", "last"),
    [
        (f"{NTK} run d.csv --target t", "a,t\n" + "1.5,x\n2.5,y\n" * 9 + "3.5,z\n", "'z' has 1"),
        (f"{NTK} run d.csv --target t", "a,a,t\n1,2,3\n", "columns 1 and 2 are both named 'a'"),
        (f"{NTK} run d.csv --target u", "a,t\n1,2\n", "d.csv: no column 'u'"),
        (f"{NTK} run d.csv", "", "required: --target"),
        (f"{NTK} predict none d.csv", "", "results/none: no finished run"),
        (f"{NTK} report none", "", "'none' is no run; there are quick"),
        (f"{NTK} resume none", "", "'none' is no run; there are quick"),
        ("make run DATA=d.csv", "", "name your table"),
    ],
)
def test_what_cannot_be_run_is_refused_before_any_job(clone, command, content, last):
    (clone.folder / "d.csv").write_text(content)
    done = clone.try_to_run(command)
    assert done.returncode != 0
    assert last in done.stdout.splitlines()[-1]
    assert "Traceback" not in done.stdout
    assert "Building DAG" not in done.stdout
    assert not (clone.folder / "results/d").exists()


@runs(f"{NTK} --help")
def test_help_fits_a_screen(clone):
    lines = clone.run(f"cd docs && ../{NTK} --help", COLUMNS="80").splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80


def test_a_copied_clone_is_told_to_make_its_own_environment(clone, tmp_path):
    for name in ("Makefile", "requirements.lock", "pyproject.toml", ".venv"):
        (tmp_path / name).symlink_to(clone.folder / name)
    (tmp_path / "src/fixing_ntk").mkdir(parents=True)
    for command in ("make quick", f"{NTK} quick"):
        done = clone.try_to_run(f"cd {tmp_path} && {command}")
        assert done.returncode != 0
        assert "make clean setup" in done.stdout
        assert "Traceback" not in done.stdout


def test_what_is_given_to_make_is_taken_as_typed(clone):
    """Neither make nor the shell expands a dollar sign in it."""
    data, target = "my $HOME $$ (1).csv", '`id` "$b" a'
    words = f"DATA={shlex.quote(data)} TARGET={shlex.quote(target)} CORES=1"
    said = clone.run(f"make --silent run {words} NTK='printf \"%s\\n\"'")
    assert said.splitlines() == ["run", data, "--target", target, "--cores", "1"]
    said = clone.run(f"make --silent predict RUN='a$b' DATA={shlex.quote(data)} NTK='echo'")
    assert said == f"predict a$b {data}\n"
    tell = "NTK='sh -c \"printenv MIRROR\"'"
    assert clone.run(f"make --silent paper MIRROR='a$b $(c)' {tell}") == "a$b $(c)\n"
    assert clone.run(f"make --silent paper {tell}", MIRROR="a$b $(c)") == "a$b $(c)\n"


@runs("make", "make help")
def test_make_alone_lists_the_targets(clone):
    listed = clone.run("make")
    assert len(listed.splitlines()) <= 30
    assert all(target in listed for target in ("quick", "paper", "run", "report", "resume"))


@pytest.fixture
def published_run(clone):
    """The run and the benchmark that would be published as what is published."""
    published = clone.folder / "results/published"
    for folder, run in (("", "paper"), ("extended", "paper"), ("bench", "bench")):
        for suffix in (".svg", ".csv", ".md", ".json"):
            kind = clone.folder / f"results/{run}/{'figures' if suffix == '.svg' else 'tables'}"
            kind.mkdir(parents=True, exist_ok=True)
            for path in (published / folder).glob(f"*{suffix}"):
                if not path.name.startswith("manifest"):
                    shutil.copy2(path, kind)
    run = clone.folder / "results/paper"
    outputs = {f"{p.parent.name}/{p.name}": provenance.sha256(p) for p in run.glob("*/*.*")}
    manifest = {"commit": "of a run", "config": {"level": "extended"}, "outputs": outputs}
    (run / "manifest.json").write_text(json.dumps(manifest))
    yield run
    for name in ("paper", "bench"):
        shutil.rmtree(clone.folder / f"results/{name}")


@runs("make verify")
def test_the_published_tables_are_equal_to_themselves(clone, published_run):
    lines = clone.run("make verify").splitlines()
    assert {"claims.csv: identical", "baselines_rfm.csv: identical"} <= {*lines}
    assert all(line.endswith(": identical") for line in lines if ".csv: " in line)


@runs("make publish")
def test_publishing_what_is_published_changes_nothing(clone, published_run):
    published, readme = clone.folder / "results/published", clone.folder / "README.md"
    before = {path: path.read_bytes() for path in [readme, *published.rglob("*.*")]}
    for folder in (published, published / "extended"):
        for path in folder.glob("manifest_*.json"):  # of single results, which a whole run renews
            del before[path]
    for folder in (published, published / "extended"):
        before[folder / "manifest.json"] = (published_run / "manifest.json").read_bytes()
    clone.run("make publish")
    assert {path: path.read_bytes() for path in [readme, *published.rglob("*.*")]} == before


@runs("make paper", "make beyond", "make extended", f"{NTK} extended", "make bench", *SINGLE)
@pytest.mark.parametrize(
    "command",
    [
        "make paper CORES='1 -- --dry-run'",
        "make extended CORES='1 -- --dry-run'",
        "$(make --dry-run bench | tail -n 1) --dry-run",
        *(f"{command} -- --dry-run" for command in SINGLE),
    ],
)
def test_long_runs_are_planned(clone, command):
    """The DAG of a run that is too long for a test; what its rules do is tested elsewhere."""
    said = clone.run(command)
    assert re.search(r"^total +\d{2,}", said, re.MULTILINE), said[-2000:]
    if "bench" in command:
        panels = yaml.safe_load((ROOT / "workflow/bench/config.yaml").read_text())["panels"]
        expected = sum(len(one["n_gates"]) * len(one["solvers"]) for one in panels.values())
        assert re.search(rf"^run_solver +{expected}$", said, re.MULTILINE), said[-2000:]


@runs(".venv/bin/python -m pytest tests/unit/test_conic.py -k licensed")
def test_the_licensed_check_passes_or_says_that_there_is_no_licence(clone):
    said = clone.run(".venv/bin/python -m pytest tests/unit/test_conic.py -k licensed")
    assert re.search(r"\d+ passed|no MOSEK licence", said)


@runs(
    ".venv/bin/snakemake --workflow-profile workflow/profiles/slurm",
    ".venv/bin/snakemake --workflow-profile workflow/profiles/slurm --dry-run",
)
def test_the_cluster_command_plans_the_paper(clone):
    """tests/pipeline/slurm submits through this profile."""
    said = clone.run(".venv/bin/snakemake --workflow-profile workflow/profiles/slurm --dry-run")
    assert re.search(r"^total +\d{2,}", said, re.MULTILINE)


UNTYPED = ("configuration.md",)  # made by `make docs`


def test_every_command_of_the_readme_and_the_pages_is_run():
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    text = "\n".join(path.read_text() for path in pages if path.name not in UNTYPED)
    blocks = re.findall(r"```bash\n(.*?)```", text, re.DOTALL)
    lines = [line.split("#")[0].strip() for block in blocks for line in block.splitlines()]
    inline = re.findall(r"`((?:make|\.venv/bin/[^\s`]+)(?: [^`]+)?)`", text)
    commands = {re.sub(r"^\w+=\S+ ", "", line) for line in [*lines, *inline] if line}
    by_ci, by_site = {"make test"}, {"make docs"}
    assert by_ci <= set((ROOT / ".ci/run").read_text().splitlines())
    run = re.findall(r"clone\.run\(\"(.*)\"\)", (ROOT / "tests/docs/test_site.py").read_text())
    assert by_site <= set(run)
    assert commands - by_ci - by_site <= set(RUN)
