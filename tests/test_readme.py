import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def test_the_library_example_runs_and_certifies(capsys):
    (example,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    names = {}
    exec(example, names)
    assert capsys.readouterr().out.startswith("optimal ")
    assert names["solution"].gap <= 1e-6
    assert all(s.status == "optimal" for s in names["path"])


def test_every_make_target_it_names_exists():
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^|`|=\S+ )make (\w+)", README, re.MULTILINE))
    assert {"quick", "test", "paper", "report"} <= named
    assert named <= targets
