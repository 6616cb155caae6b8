"""The README's numbers are those of the published tables."""

import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from fixing_ntk.report.findings import read, written
from fixing_ntk.report.published import Tables
from fixing_ntk.report.words import power, short, units, words

ROOT = Path(__file__).parents[1]
TEMPLATES, PUBLISHED = ROOT / "docs/findings", ROOT / "results/published"
SETS = r"`[^`]*`|\]\([^)]*\)"  # names and links are no numbers


def test_the_pages_are_what_the_tables_say():
    pages = read(ROOT)
    assert written(pages, TEMPLATES, PUBLISHED) == pages, "run `make publish`"


EDITS = {
    "uci_accuracy_full": ("mkl", lambda column: column - 0.01),
    "uci_accuracy_paper": ("ntk", lambda column: column + 0.01),
    "wins_by_lambda_full": ("wins", lambda column: column + 1),
    "baselines_full": ("svm", lambda column: column - 0.05),
    "at_least_as_accurate": ("mean", lambda column: column + 1),
    "who_wins": ("low", lambda column: column + 1.0),
    "mask_count": ("tuned", lambda column: column * 1.1),
    "when_it_pays": ("ratio", lambda column: 2.0 * column),
    "prediction_error": ("fitted", lambda column: column + 0.05),
    "bench/ratios": ("speedup", lambda column: column * 1.5),
    "bench/scaling": ("seconds", lambda column: column * 1.5),
    "bench/several": ("share", lambda column: column * 1.5),
}


@pytest.mark.parametrize("table", EDITS)
def test_an_edited_table_makes_a_page_stale(table, tmp_path):
    published = shutil.copytree(PUBLISHED, tmp_path / "published")
    path, (column, edit) = published / f"{table}.csv", EDITS[table]
    rows = pd.read_csv(path)
    rows[column] = edit(rows[column])
    rows.to_csv(path, index=False)
    pages = read(ROOT)
    assert written(pages, TEMPLATES, published) != pages


def test_the_words_between_the_numbers_hold():
    """What the templates say without a number, against the cells that it is said of."""
    tables = Tables(PUBLISHED)
    masks = tables.read("mask_count").query("rank == 3")
    least, last = masks.loc[masks.test.idxmin()], masks.iloc[-1]
    error = np.hypot(least.test_se, last.test_se)
    assert last.test - least.test > 2 * error, "at one lambda more of them overfit"
    rates = tables.rates.rows
    several = rates[rates.index > 1]
    assert (several.fitted + 1 > 2 * several.fitted_se).all(), "slower than the group-lasso rate"
    assert (rates.recall == 1).all(), "every mask of the teacher is found"
    assert (rates.precision < 1).all(), "but not those alone"
    assert (tables.converted.difference < 1e-9).all(), "the same training predictions"
    assert (tables.converted.above_relu > 0).all(), "loses the optimum"
    for protocol in ("full", "folds"):
        accuracy = tables.accuracy(protocol)
        assert accuracy.mean < 0, "better objectives are not better accuracies"
        assert accuracy.wilcoxon < 0.05, "better objectives are not better accuracies"
    cells = tables.map.cells
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
    assert (tables.read("claims").verdict == "holds").all(), "the claims hold"
    assert tables.speed.least.min(axis=None) > 1, "faster than every package"


@pytest.mark.parametrize("template", sorted(TEMPLATES.glob("*.j2")), ids=lambda path: path.stem)
def test_no_number_stands_in_a_template(template):
    text = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "", template.read_text(), flags=re.DOTALL)
    text = re.sub(SETS, "", text)
    assert re.findall(r"\d[\d.,]*", text) == []


def test_a_template_without_a_place_is_named(tmp_path):
    (tmp_path / "lost.md.j2").write_text("text")
    with pytest.raises(ValueError, match=r"no page has a place for .*lost\.md\.j2"):
        written({"README.md": "# title\n"}, tmp_path, PUBLISHED)


def test_a_claim_that_is_not_one_is_named():
    tables = Tables(PUBLISHED)
    with pytest.raises(ValueError, match="0 claims contain 'no such words'"):
        tables.quoted("no such words", "", "")
    with pytest.raises(ValueError, match="is not in"):
        tables.quoted("on no training set", "datasets", "no such pattern")


def test_numbers_as_people_write_them():
    assert [short(x) for x in (2.04, 9.96, 13.2, 345.0)] == ["2.0", "10", "13", "345"]
    assert power(1e-6) == "1e-6"
    lines = [(0.0, np.inf), (3.7, 6.2), (np.inf, np.inf)]
    said = [units(SimpleNamespace(low=a, high=b, run=(1, 50))) for a, b in lines]
    assert said == ["under 1 to over 50", "4 to 6", "over 50"]
    assert [words(n) for n in (0, 6, 12, 33)] == ["no", "six", "twelve", "33"]
