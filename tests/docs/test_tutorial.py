import re
from contextlib import chdir

import pytest
import tutorial

PAGE = tutorial.PAGE.read_text()


def drawn(folder):
    return {path.name: path.read_bytes() for path in (folder / "tutorial").iterdir()}


def run_in(folder):
    with chdir(folder):
        page, names = tutorial.run(PAGE)
    return page, names, drawn(folder)


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    return run_in(tmp_path_factory.mktemp("tutorial"))


def test_the_page_shows_what_its_blocks_print(result):
    assert result[0] == PAGE, "run `make docs`"


def test_every_picture_is_shown_drawn_and_committed(result):
    shown = re.findall(r"!\[.+\]\(tutorial/(.+)\)", PAGE)
    assert len(shown) == len(set(shown)) == PAGE.count("style.save(")
    assert set(shown) == set(result[2]) == set(drawn(tutorial.PAGE.parent))


def test_pictures_are_the_same_bytes_when_drawn_again(result, tmp_path):
    assert run_in(tmp_path)[2] == result[2]


def test_learned_weights_are_certified_below_the_ntk_and_not_above_the_relu_program(result):
    names = result[1]
    sol, J = names["sol"], names["J"]
    assert J(sol.eta) < J(names["eta_ntk"])
    assert J(sol.eta) == pytest.approx(names["bound"], rel=1e-9)
    assert sol.objective < names["relu"].objective
    assert names["relu"].status == names["flipped"].status == "optimal"


def test_the_gate_0_lowers_the_gated_optimum_beyond_any_doubt(result):
    names = result[1]
    assert names["with_zero"].objective < names["cones"].dual_objective
    assert names["seven"].dense()[:, -1].all()
    assert names["with_zero"].eta.argmax() == len(names["masks"])


def test_learning_keeps_the_pairs_on_which_the_linear_kernel_is_right(result):
    names = result[1]
    X, pairs = names["X"], ((0, 1), (0, 2), (1, 2))
    for y, eta in ((names["y"], names["sol"].eta), (names["y_flipped"], names["flipped"].eta)):
        together = {(i, j): eta @ names["masks"].dense()[[i, j]].all(axis=0) for i, j in pairs}
        right = {(i, j) for i, j in pairs if (X[i] @ X[j]) * y[i] * y[j] > 0}
        assert {pair for pair in pairs if together[pair] > 0.5} == right
        assert all(together[pair] < 0.1 for pair in pairs if pair not in right)


def test_a_stale_output_is_renewed_and_other_text_kept():
    page = "a\n```python\nk = 1\n```\n\n```python\nprint(k + 1)\n```\n\n```text\n3\n```\n\nb\n"
    assert tutorial.run(page)[0] == page.replace("3", "2")
