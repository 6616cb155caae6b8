import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


EXAMPLES = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)


def test_the_library_example_runs_and_certifies(capsys):
    names = {}
    exec(EXAMPLES[0], names)
    assert capsys.readouterr().out.startswith("optimal ")
    assert names["solution"].gap <= 1e-6
    assert all(s.status == "optimal" for s in names["path"])


def test_the_estimators_example_runs(capsys):
    exec(EXAMPLES[1], {})
    words = capsys.readouterr().out.split()
    assert words[0] == "NTKClassifier"
    assert float(words[1]) > 0.9
    assert float(words[-1]) <= 1e-6


def test_every_make_target_it_names_exists():
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^|`|=\S+ )make (\w+)", README, re.MULTILINE))
    assert {"quick", "test", "paper", "report"} <= named
    assert named <= targets
