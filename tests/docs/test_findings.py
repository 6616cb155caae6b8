"""The numbers of the notes and of the pages are the facts that the published tables leave."""

import json
import re
import shutil
from functools import reduce
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fixing_ntk.benchmark import tables as benchmark
from fixing_ntk.comparison.statistics import LARGE
from fixing_ntk.drawing.tables import Table, plain, write_table
from fixing_ntk.results.claim_kinds import CONVEX, claim_row
from fixing_ntk.results.declaration import LEVELS, results
from fixing_ntk.results.pages.findings import facts, read, written
from fixing_ntk.results.pages.template_filters import power, short, units, words
from fixing_ntk.results.paper.claims.table import claims
from fixing_ntk.results.publish import FOLDERS

ROOT = Path(__file__).parents[2]
TEMPLATES, PUBLISHED = ROOT / "docs/findings", ROOT / "results/published"
SETS = r"`[^`]*`|\]\([^)]*\)"  # names and links are no numbers


def test_the_pages_are_what_the_tables_say():
    pages = read(ROOT)
    assert written(pages, TEMPLATES, PUBLISHED) == pages, "run `make publish`"


def leaves(facts, path=()):
    """Paths to the numbers and words among facts."""
    if isinstance(facts, (dict, list)):
        for key, value in facts.items() if isinstance(facts, dict) else enumerate(facts):
            yield from leaves(value, (*path, key))
    else:
        yield path


def changed(facts, path):
    """A copy of facts in which the value at a path is another."""
    copy = json.loads(json.dumps(facts))
    *within, last = path
    place = reduce(lambda value, key: value[key], within, copy)
    value = place[last]
    if isinstance(value, bool):
        place[last] = not value
    elif isinstance(value, str):
        place[last] = "folds" if value == "full" else f"{value}, changed"
    else:
        place[last] = 7 if value is None else 2 * value + 1
    return copy


def stem(name):
    return name.removesuffix("_paper").removesuffix("_full").removesuffix("_folds")


def notes_of(name):
    """What writes the notes of a published table, and of the benchmark."""
    folder, _, table = name.rpartition("/")
    if folder == "bench":
        return getattr(benchmark, f"{table.rpartition('_')[2]}_notes")  # without its panel
    (result,) = (result for result in results(*LEVELS) if result.name == stem(table))
    assert folder == FOLDERS[result.kind]
    return import_module(f"fixing_ntk.results.{result.kind}.{result.name}.table").notes


FACTS = {
    path.relative_to(PUBLISHED).with_suffix("").as_posix(): path
    for path in sorted(PUBLISHED.rglob("*.json"))
    if not path.name.startswith("manifest")
}


def test_every_published_table_has_its_facts():
    assert {path.relative_to(PUBLISHED).as_posix() for path in PUBLISHED.rglob("*.csv")} <= {
        *(f"{name}.csv" for name in FACTS),
        "needs/errors.csv",
    }


@pytest.mark.parametrize("table", sorted({stem(name) for name in FACTS}))
def test_every_fact_is_in_a_note_or_on_a_page(table, tmp_path):
    """And an edited one changes it: nothing that is stated comes from elsewhere."""
    published, pages = shutil.copytree(PUBLISHED, tmp_path / "published"), read(ROOT)
    names, stated = set(), set()  # the pages state some facts of one protocol, or of one row
    for name in (name for name in FACTS if stem(name) == table):
        notes, facts = notes_of(name), json.loads(FACTS[name].read_text())
        for path in leaves(facts):
            fact = [key for key in path if isinstance(key, str)][-1]
            names.add(fact)
            if fact not in stated:
                new = changed(facts, path)
                (published / f"{name}.json").write_text(json.dumps(new))
                if notes(new) != notes(facts) or written(pages, TEMPLATES, published) != pages:
                    stated.add(fact)
        (published / f"{name}.json").write_text(json.dumps(facts))
    assert names == stated


def test_facts_are_strict_json(tmp_path):
    numbers = {"count": np.int64(3), "share": np.float64(0.1), "none": np.nan, "sure": np.bool_(1)}
    facts = plain(numbers | {"by": {0.01: [np.inf, "text"]}, "pair": (1, np.arange(2))})
    assert facts == {
        "count": 3,
        "share": 0.1,
        "none": None,
        "sure": True,
        "by": {"0.01": [None, "text"]},
        "pair": [1, [0, 1]],
    }
    frame = pd.DataFrame({"a": [1]})
    write_table(tmp_path / "t", Table(frame, frame, [], facts))
    assert json.loads((tmp_path / "t.json").read_text(), parse_constant=pytest.fail) == facts
    with pytest.raises(ValueError, match="JSON"):
        write_table(tmp_path / "t", Table(frame, frame, [], {"none": np.nan}))


def test_claims_hand_facts_to_their_table():
    rows = [
        claim_row("a", CONVEX, "q", 0.0, 1.0, gap=1e-7, facts={"median": 0.5}) | {"command": "c"},
        claim_row("b", CONVEX, "q", 0.0, 1.0) | {"command": "c"},
    ]
    made = claims(pd.DataFrame(rows))
    assert made.facts["median"] == 0.5
    assert "facts" not in made.raw
    with pytest.raises(ValueError, match="two claims leave the fact median"):
        claims(pd.DataFrame([rows[0], rows[0]]))


def test_the_words_between_the_numbers_hold():
    """What the templates say without a number, against the cells that it is said of."""
    found = " ".join((ROOT / "docs/finding.md").read_text().split())
    tables = {path.stem: pd.read_csv(path) for path in PUBLISHED.glob("*.csv")}
    masks = tables["mask_count"].query("rank == 3")
    least, last = masks.loc[masks.test.idxmin()], masks.iloc[-1]
    error = np.hypot(least.test_se, last.test_se)
    assert last.test - least.test > 2 * error, "adding masks can raise the test error"
    assert least.test < last.test_all < last.test, "but all masks together"
    plane = tables["mask_count"].query("rank == 2").test
    assert plane.iloc[-1] < 1.01 * plane.min(), "in rank 2 it does not rise"
    rates = tables["prediction_error"]
    rates = rates[rates.samples == rates.samples.max()]
    several = rates[rates.active > 1]
    assert (several.fitted + 1 > 2 * several.fitted_se).all(), "slower than the group-lasso rate"
    assert (rates.recall == 1).all(), "every mask of the teacher is found"
    assert (rates.precision < 1).all(), "but not those alone"
    assert rates.overlap.iloc[0] < 1 <= rates.overlap.iloc[1:].min(), "the first is smaller"
    converted = tables["gated_to_relu"].query("problem != 'teacher'")
    assert (converted.difference < 1e-9).all(), "the same training predictions"
    assert (converted.above_relu > 0).all(), "loses the optimum"
    stated = facts(PUBLISHED)
    verdicts = {row["verdict"] for row in stated["claims"]["reported"]}
    assert verdicts == {"not reproduced"}, "fewer sets under each protocol"
    assert stated["uci_accuracy_paper"]["wilcoxon"] > 0.05, "cannot be told apart on one split"
    for protocol in ("full", "folds"):
        accuracy = stated[f"uci_accuracy_{protocol}"]
        assert accuracy["mean"] < 0, "better objectives are not better accuracies"
        assert accuracy["wilcoxon"] < 0.05, "significantly worse"
        sets = tables[f"uci_accuracy_{protocol}"]
        small = sets[sets.n < LARGE]
        assert set(small.dataset) == {"balloons", "trains"}, "two small sets"
        share = (small.mkl - small.ntk).sum() / (sets.mkl - sets.ntk).sum()
        where = {"full": "the mean difference over ten splits", "folds": "it on the partitions"}
        assert f"{100 * share:.0f} % of {where[protocol]}" in found, "make so much of it"
    full, stopped = stated["uci_accuracy_full"], stated["early_stopping_full"]
    chosen = full["chosen"]
    assert chosen["mkl"]["mean"] > 0, "choosing avoids MKL's losses"
    assert chosen["mkl"]["wilcoxon"] < 0.05, "choosing avoids MKL's losses"
    assert chosen["ntk"]["wilcoxon"] > 0.05, "and gains nothing over the NTK"
    assert full["varies"]["sign"] > 0.05, "the difference is not significant"
    lost = {name: row["mean"] for name, row in stopped["regret"].items()}
    assert lost["stopped"] < 0.5 * lost["mkl"], "repairs most of MKL's loss"
    assert stopped["mkl"]["wilcoxon"] < 0.05, "repairs most of MKL's loss"
    assert stopped["ntk"]["wins"] < stopped["ntk"]["losses"], "but does not beat the NTK"
    between = stated["between_accuracy_full"]
    against, lost = between["against"], between["regret"]
    assert lost["between"]["mean"] < 0.5 * lost["mkl"]["mean"], "takes back most of MKL's loss"
    assert against["mkl"]["mean"] > 0, "more accurate than MKL"
    assert against["mkl"]["holm"] < 0.05, "more accurate than MKL"
    assert min(against[name]["holm"] for name in ("ntk", "stopped", "averaged")) > 0.05, "no other"
    averaged = stated["averaging"]["against"]["averaged"]["ntk"]
    for row in (against["ntk"], stopped["ntk"], averaged):
        assert row["mean"] < 0, "none is better than the NTK"
    assert averaged["wilcoxon"] > 0.05, "neither are the other two ways"
    assert against["averaged"]["median"] < 0, "averaging has the better median"
    assert against["averaged"]["mean_large"] < 0, "and the better mean of larger sets"
    assert against["averaged"]["mean"] > 0, "its mean over all sets is lower"
    for row in stated["who_wins"]["significant"]:
        assert row["right"] <= row["base"], "does not foretell the winner"
    counts = stated["at_least_as_accurate"]
    for row in (counts[name] for name in ("tuned", "same", "bound")):
        assert row["predicted"] < 0.05 < row["share_most"], "unlikely, but not excluded"
    assert 3 * counts["tuned"]["probability"] < counts["tuned"]["predicted"], "far more certain"
    assert stated["baselines_full"]["against"]["ntk"]["svm"]["p"] > 0.05, "not different"
    cells = tables["when_it_pays"]
    assert cells.units.min() == 1, "targets of one gate"
    easy = cells[(cells.teacher == "gated") & (cells.units == 1)]
    assert (easy.ratio < 1).all(), "when few gates made the targets"
    assert easy.sure.mean() > 0.5, "when few gates made the targets"
    hard = cells[(cells.teacher == "relu") & (cells.units == cells.units.max())]
    assert (hard.ratio > 1).all(), "which no few gates make"
    assert (hard.mkl_variance > hard.ntk_variance).all(), "where it does not, it adds variance"
    stops = cells.dropna(subset=["stopped_ratio"])
    worst = {"mkl": stops.ratio.max(), "ntk": (1 / stops.ratio).max()}
    assert stops.stopped_ratio.max() < min(worst.values()), "the safest choice on the map"
    optimal, *others = stated["luck"]["by_p"].values()
    assert all(row["exponent"] < optimal["exponent"] for row in others), "more gates help it less"
    sets = tables["luck"].groupby("p")[["lower", "objective_1000", "objective_4000"]].mean()
    assert sets.objective_4000["1"] < 0.95 * sets.objective_1000["1"], "it keeps falling"
    smooth = sets.loc[["4/3", "2", "∞"]]
    assert (abs(smooth.lower / smooth.objective_4000 - 1) < 0.02).all(), "close to a lower bound"
    forms = stated["between"]["forms"]
    optimal, mixed = forms["p = 1"], forms["p = 4/3 with the NTK"]
    assert optimal["least"] < mixed["least"] < 1, "gives up part of the gain"
    assert mixed["most"] - 1 < 0.5 * (optimal["most"] - 1), "takes back most of the loss"
    theorems = tables["claims"].query("kind == 'theorem'")
    assert (theorems.verdict == "holds").all(), "the theorems hold"
    speed = pd.read_csv(PUBLISHED / "bench/ratios.csv").query("instance == 'least'")
    assert speed.package_speedup.min() > 1, "faster than every package"


@pytest.mark.parametrize("template", sorted(TEMPLATES.glob("*.j2")), ids=lambda path: path.stem)
def test_no_number_stands_in_a_template(template):
    text = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "", template.read_text(), flags=re.DOTALL)
    text = re.sub(SETS, "", text)
    assert re.findall(r"\d[\d.,]*", text) == []


def test_a_template_without_a_place_is_named(tmp_path):
    (tmp_path / "lost.md.j2").write_text("text")
    with pytest.raises(ValueError, match=r"no page has a place for .*lost\.md\.j2"):
        written({"README.md": "# title\n"}, tmp_path, PUBLISHED)


def test_a_fact_that_is_not_published_is_named_with_the_remedy(tmp_path):
    (tmp_path / "lost.md.j2").write_text("{{ facts.claims.missing }}")
    with pytest.raises(ValueError, match=r"lost\.md\.j2: .*'missing'.*`make publish`"):
        written({}, tmp_path, PUBLISHED)


def test_numbers_as_people_write_them():
    assert [short(x) for x in (2.04, 9.96, 13.2, 345.0)] == ["2.0", "10", "13", "345"]
    assert power(1e-6) == "1e-6"
    lines = [(0.0, None), (3.7, 6.2), (None, None)]
    texts = [units(dict(low=low, high=high), (1, 50)) for low, high in lines]
    assert texts == ["under 1 to over 50", "4 to 6", "over 50"]
    assert [words(n) for n in (0, 6, 12, 33)] == ["no", "six", "twelve", "33"]
