"""What `failures.smk` reads of Snakemake: an update that changes it fails here, not for a user."""

from project import ROOT, snakemake

SNAKEFILE = f"""
import json, os, sys

PYTHON = sys.executable
FAILED = json.loads(os.environ.get("FAILED_DATASETS", "{{}}"))
datasets = lambda: [name for name in ["bad", "other"] if name not in FAILED]


include: "{ROOT}/workflow/rules/failures.smk"


rule all:
    input:
        ["bad.txt", "second_time.txt"],


rule fit:
    output:
        "{{dataset}}.txt",
    log:
        "{{dataset}}.log",
    wildcard_constraints:
        dataset=r"\\w+",
    retries: 1
    shell:  # one is killed at first, the other fails each time and says why
        "echo x >> tried_{{wildcards.dataset}}; echo began > {{log}}; "
        "test {{wildcards.dataset}} = second_time || echo 'failed: row 3' >> {{log}}; "
        "test {{wildcards.dataset}} = second_time && test -e once && touch {{output}} "
        "|| {{{{ test {{wildcards.dataset}} = bad || touch once; exit 1; }}}}"
"""


LATER = f"""
import json, os, sys

PYTHON = sys.executable
FAILED = json.loads(os.environ.get("FAILED_DATASETS", "{{}}"))
NAMED = ["good", "bad"] + (["late"] if FAILED else [])
datasets = lambda: [name for name in NAMED if name not in FAILED]


include: "{ROOT}/workflow/rules/failures.smk"


rule all:
    input:
        expand("{{dataset}}.txt", dataset=datasets()),


rule fit:
    output:
        "{{dataset}}.txt",
    log:
        "{{dataset}}.log",
    shell:
        "echo 'failed: row 3' > {{log}}; echo x >> tried_{{wildcards.dataset}}; "
        "test {{wildcards.dataset}} = good && touch {{output}}"
"""


def run(folder, snakefile):
    (folder / "Snakefile").write_text(snakefile)
    return snakemake(folder, "--cores", "1", "--keep-going", "--", "all")


def test_a_dataset_may_fail_where_the_others_are_done(tmp_path):
    """It was kept from its turn by the first, as in a group."""
    done = run(tmp_path, LATER)
    assert done.returncode != 0
    failed = [line for line in done.stdout.splitlines() if line.startswith("failed dataset")]
    assert failed == ["failed dataset: bad: row 3", "failed dataset: late: row 3"]
    assert done.stdout.count("over the other datasets are made") == 1
    assert tried(tmp_path) == dict.fromkeys(("tried_bad", "tried_good", "tried_late"), 1)


def tried(folder):
    return {path.name: path.read_text().count("x") for path in folder.glob("tried_*")}


def test_failed_datasets_are_known_with_their_reasons_and_a_later_success_counts(tmp_path):
    done = run(tmp_path, SNAKEFILE)
    assert done.returncode != 0
    failed = {line for line in done.stdout.splitlines() if line.startswith("failed dataset")}
    assert failed == {"failed dataset: bad: row 3"}
    assert (tmp_path / "second_time.txt").exists()
    assert tried(tmp_path) == {"tried_second_time": 2, "tried_bad": 2}
    assert "Traceback" not in done.stdout
