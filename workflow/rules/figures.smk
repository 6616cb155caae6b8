# What each figure is drawn from, in the order in which `draw` of its module takes it: an array file
# as a mapping, a table as a frame.
DRAWN_FROM = {
    **{
        name: [experiment(name)]
        for name in (
            "fit_1d",
            "irls_convergence",
            "gated_to_relu",
            "prediction_error",
            "mask_count",
            "regularization_path",
            "arrangement",
            "nonconvex_gap",
            "when_it_pays",
        )
    },
    "irls_1d": [experiment("irls_1d"), experiment("irls_smoothing")],
    "ntk_width": [experiment("ntk_width"), experiment("linearization")],
    "mask_weights": [
        experiment("fit_1d"),
        *(file for name in ("data", "masks", "weights") for file in EXAMPLE[name]),
    ],
    "uci_accuracy_{protocol}": [f"{OUT}/tables/uci_accuracy_{{protocol}}.csv"],
    "wins_by_lambda_{protocol}": [f"{OUT}/evaluation/{{protocol}}/wins_by_lambda.csv"],
}
if BASELINES:
    DRAWN_FROM["critical_difference_{protocol}"] = [f"{OUT}/tables/baselines_{{protocol}}.csv"]
if DRAWS:
    DRAWN_FROM["at_least_as_accurate"] = [f"{OUT}/tables/at_least_as_accurate.csv"]
    DRAWN_FROM["who_wins"] = [f"{OUT}/evaluation/full/tuned.csv", f"{OUT}/tables/who_wins.csv"]
if config["data"]:
    OWN_ROWS = f"{OUT}/tables/own_data.csv"
    DRAWN_FROM = {"own_data": [OWN_ROWS, OWN_LEARNED], "own_ranks": [OWN_ROWS]}
FIGURES = [
    path
    for name in of_protocols(DRAWN_FROM)
    for path in with_kinds(f"figures/{name}", "svg", "png")
]


for figure_name, drawn_from in DRAWN_FROM.items():

    rule:
        name:
            f"{base(figure_name)}_figure" if figure_name in WRITTEN_FROM else base(figure_name)
        input:
            data=drawn_from,
            sources=sources("draw", f"report/figures/{base(figure_name)}"),
        output:
            **figure(figure_name),
        log:
            f"{OUT}/logs/figures/{figure_name}.log",
        localrule: True
        params:
            figure=base(figure_name),
        message:
            f"Drawing {shown(figure_name)}"
        script:
            "../scripts/draw.py"
