# What the report shows, in the paper's order: figures first, then the table of the same name.
IN_ORDER = {
    "1. Regression in one dimension": ["fit_1d"],
    "2. Convergence of IRLS": ["irls_1d", "irls_convergence", "gated_to_relu"],
    "3. UCI accuracy": [
        *(
            f"{name}_{protocol}"
            for protocol in PROTOCOLS
            for name in (
                "uci_accuracy",
                "wins_by_lambda",
                *(["critical_difference", "baselines"] if BASELINES else []),
            )
        ),
        *(["at_least_as_accurate", "who_wins"] if DRAWS else []),
    ],
    "4. Prediction error": ["prediction_error"],
    "5. Learned kernels": [
        "when_it_pays",
        "mask_weights",
        "arrangement",
        "mask_count",
        "regularization_path",
    ],
    "6. Solvers": ["solvers"],
    "7. Claims of the paper": ["claims", "nonconvex_gap", "ntk_width"],
}
IF_OWN = {"Which method to take": ["own_data", "own_ranks"], "Your columns": ["columns"]}


def base(name):
    """Name of an output without the protocol."""
    return re.sub(rf"_({'|'.join(['{protocol}', *N_SPLITS])})$", "", name)


def of_protocols(names):
    """Names of outputs, those with a wildcard once for each protocol."""
    return [
        name
        for pattern in names
        for name in dict.fromkeys(pattern.format(protocol=p) for p in PROTOCOLS)
    ]


def shown(name):
    """An output in a job's message."""
    return name.replace("{protocol}", "{wildcards.protocol}")


def caption_of(name):
    """Text of an output's caption; protocols share one."""
    return (SCRIPTS.parent / f"report/{base(name)}.rst").read_text().strip()


def in_report(path, kind):
    """An output that Snakemake's report shows."""
    name = Path(path).stem
    example = name.replace("{protocol}", PROTOCOLS[0])
    labels = {"output": base(name), "kind": kind}
    if example != name:
        labels["protocol"] = "{protocol}"
    return report(
        path,
        caption=f"../report/{base(name)}.rst",
        category=next(
            heading for heading, names in {**IN_ORDER, **IF_OWN}.items() if example in names
        ),
        labels=labels,
    )


def with_kinds(stem, *kinds):
    return [f"{OUT}/{stem}.{kind}" for kind in kinds]


def figure(name):
    """Outputs of a figure; the report shows the SVG."""
    svg, png = with_kinds(f"figures/{name}", "svg", "png")
    return dict(svg=in_report(svg, "figure"), png=png)


def table(name):
    """Outputs of a table; the report shows the page."""
    csv, md, tex, html = with_kinds(f"tables/{name}", "csv", "md", "tex", "html")
    return dict(csv=csv, md=md, tex=tex, html=in_report(html, "table"))
