"""The picture of the rules."""

from fixing_ntk.report.figures.rulegraph import draw, layers, merged, parse, reduced

DOT = """digraph snakemake_dag {
    0[label = "all", color = "x"];
    1[label = "fit", color = "x"];
    2[label = "data", color = "x"];
    3[label = "table", color = "x"];
    4[label = "figure", color = "x"];
    5[label = "page", color = "x"];
    2 -> 1
    1 -> 3
    1 -> 4
    2 -> 3
    3 -> 5
    4 -> 5
    5 -> 0
    1 -> 0
}"""


def test_what_comes_through_another_rule_is_not_drawn():
    needs = parse(DOT)
    assert needs["table"] == {"fit", "data"}
    assert reduced(needs)["table"] == {"fit"}


def test_twins_share_a_box_and_boxes_stand_right_of_their_needs():
    needs = merged(reduced(parse(DOT)))
    assert needs[("page",)] == {("figure", "table")}
    assert layers(needs) == [[("data",)], [("fit",)], [("figure", "table")], [("page",)]]


def test_every_rule_is_named_once():
    words = "\n".join(text.get_text() for text in draw(DOT).axes[0].texts).split()
    assert sorted(words) == sorted(parse(DOT))
