# What is regenerated: a folder of `results` in the package for each, which declares what its parts are
# made from. A part's module, its rule and its files have the result's name.
from difflib import get_close_matches

from fixing_ntk.results.declaration import EXTENDED, OWN, PAPER, results, up_to

TABLE, FIGURE = ("csv", "md", "tex", "html", "json"), ("svg", "png")
THERE = {*PROTOCOLS, *(["rfm"] if config["rfm"] else []), TASK}
RESULTS = [
    result
    for result in results(*([OWN] if config["data"] else up_to(config["level"])))
    if {*result.declared.only_with.split()} <= THERE
]
NAMES = [result.name for result in RESULTS]
for name in config["only"]:
    if name not in NAMES:
        close = get_close_matches(name, NAMES, n=1) or NAMES
        sys.exit(f"config: only: this run has no result {name!r}; it has {', '.join(close)}")
WANTED = [result for result in RESULTS if result.name in (config["only"] or NAMES)]
BASELINES = "baselines" in NAMES
COMPUTED = [result for result in RESULTS if result.declared.compute]


def computed(name, kind="npz"):
    """What a result's computation leaves: arrays, or the rows of its claims as "csv"."""
    return f"{OUT}/computed/{name}.{kind}"


# What results are made from, by the name under which they declare it; `computed/NAME` and `table/NAME`
# are those of other results.
MADE = {
    "claims": [computed(result.name, "csv") for result in COMPUTED if result.kind != EXTENDED],
    "claims/extended": [
        computed(result.name, "csv") for result in COMPUTED if result.kind == EXTENDED
    ],
    "records": [f"{OUT}/evaluation/{protocol}/records.csv" for protocol in PROTOCOLS],
    "tuned": f"{OUT}/evaluation/{{protocol}}/tuned.csv",
    "tuned/full": f"{OUT}/evaluation/full/tuned.csv",
    "same_lambda": f"{OUT}/evaluation/{{protocol}}/same_lambda.csv",
    "wins_by_lambda": f"{OUT}/evaluation/{{protocol}}/wins_by_lambda.csv",
    "early_stopping": f"{OUT}/evaluation/{{protocol}}/early_stopping.csv",
    "baselines": fits("baselines"),
    "baselines/full": of_blocks(f"{OUT}/fits/full/{{dataset}}/baselines_{{block}}.csv"),
    "rfm": expand(f"{OUT}/fits/full/{{dataset}}/rfm.csv", dataset=datasets()),
    # With whatever methods the run's level has; None where it has none.
    "tuned/all": f"{OUT}/evaluation/{{protocol}}/{'early_stopping' if BASELINES else 'tuned'}.csv",
    "baselines/any": fits("baselines") if BASELINES else None,
    "early_stopping/full": f"{OUT}/evaluation/full/early_stopping.csv",
    "averaged": of_blocks(f"{OUT}/points/full/{{dataset}}/averaged_{{block}}.csv"),
    "one_program": of_blocks(f"{OUT}/points/full/{{dataset}}/one_program_{{block}}.csv"),
    "sensitivity": f"{OUT}/evaluation/full/sensitivity.csv",
    "exponents": f"{OUT}/evaluation/full/exponents.csv",
    "losses": f"{OUT}/evaluation/full/losses.csv",
    "all_masks": expand(f"{OUT}/all_masks/{{dataset}}.csv", dataset=datasets()),
    "draws": expand(
        f"{OUT}/draws/{{dataset}}/{{block}}.csv",
        dataset=datasets(),
        block=ranges(DRAWS["splits"], DRAWS["per_job"]),
    ),
    "networks": expand(f"{OUT}/networks/{{dataset}}.csv", dataset=datasets()),
    "solvers": expand(f"{OUT}/solvers/{{dataset}}.csv", dataset=datasets()),
    **{f"example/{key}": first_split(config["example_dataset"])[key] for key in FIRST_SPLIT},
    "own/rows": OWN_FITS if config["data"] else [],
    "own/curves": OWN_CURVES if config["data"] else [],
    "own/confusion": OWN_CONFUSION if config["data"] else [],
    "own/learned": OWN_LEARNED if config["data"] else [],
    "own/columns": OWN_COLUMNS if config["data"] else [],
}
# Datasets whose first split and its masks are handed over as problems.
PROBLEMS = {
    "all": datasets(),
    "example": [config["example_dataset"]],
    "converted": [name for name in config["converted_datasets"] if name in datasets()],
    "examples": [
        config["example_dataset"],
        *(
            name
            for name in config["further_examples"]
            if name in datasets() and name != config["example_dataset"]
        ),
    ],
}
# What the published run says of tables like a user's own, in a copy of the project that has it.
PUBLISHED = {
    name: path
    for name in ("when_it_pays", "who_wins")
    if os.path.exists(path := os.path.relpath(HOME / f"results/published/{name}.csv"))
}


def of_protocol(result):
    """Name of a result's files, with a wildcard where there is one for each protocol."""
    return result.name + ("_{protocol}" if result.declared.by_protocol else "")


def inputs(result, part):
    """Inputs of a part of a result, by the names of its function's arguments."""
    found = {}
    for argument, name in getattr(result.declared, part).inputs.items():
        kind, _, other = name.partition("/")
        if kind == "table":
            suffix = "_{protocol}" if result.declared.by_protocol else ""
            found[argument] = f"{OUT}/tables/{other}{suffix}.csv"
        elif kind == "computed":
            found[argument] = computed(other)
        elif kind == "published":
            found |= {argument: PUBLISHED[other]} if other in PUBLISHED else {}
        elif name in PROBLEMS:
            problems = first_split(*PROBLEMS[name])
            found |= {"data": problems["data"], "masks": problems["masks"]}
        elif MADE[name] is not None:
            found[argument] = MADE[name]
    return found


def arguments(result, part):
    """Further arguments of a part's function; of a computation, what the configuration overrides."""
    known = {key: config[key] for key in ("tol", "seed", "conic_backend")} | {
        "reference": config["same_lambda"]["reference"],
        "failed": left_out(),
    }
    settings = getattr(result.declared, part).settings
    chosen = {key: known[key] for key in settings if key in known}
    if part == "compute":
        chosen = config.get(result.name, {}) | chosen
    if "protocol" in settings:
        return lambda wildcards: chosen | {"protocol": wildcards.protocol}
    return lambda wildcards: chosen


def module(result, part):
    return f"results/{result.kind}/{result.name}/{part}"


def level_of(result):
    """Argument of a command that makes a result of a level beyond the configuration's own."""
    return "" if result.kind == PAPER else f" --config level={result.kind}"


def in_report(result, path, kind):
    """An output that Snakemake's report shows."""
    sections = list(dict.fromkeys(each.declared.section for each in RESULTS))
    labels = {"result": result.declared.title, "kind": kind}
    if result.declared.by_protocol:
        labels["protocol"] = "{protocol}"
    return report(
        path,
        caption=str(result.folder / "caption.md"),
        category=f"{sections.index(result.declared.section) + 1}. {result.declared.section}",
        labels=labels,
    )


def shown(result):
    """Parts of a result that one sees."""
    return [part for part in ("table", "figure") if getattr(result.declared, part)]


def files_of(result):
    """Files of a result's figure and table, by kind, with the wildcard of a protocol in their names."""
    stem, declared = of_protocol(result), result.declared
    figure = {kind: f"{OUT}/figures/{stem}.{kind}" for kind in FIGURE if declared.figure}
    return figure | {kind: f"{OUT}/tables/{stem}.{kind}" for kind in TABLE if declared.table}


def outputs(result):
    """The same as outputs of a job; Snakemake's report shows some."""
    files, shows = files_of(result), {"svg": "figure", "html": "table"}
    return files | {
        kind: in_report(result, files[kind], what) for kind, what in shows.items() if kind in files
    }


def drawn_from(result, part):
    """What is read for a part, argument by argument: names of inputs, or of the job's own table."""
    step = getattr(result.declared, part)
    own = f"table/{result.name}"
    made = inputs(result, part) if step else {}
    return {name: "csv" if step.inputs[name] == own else f"{part}_{name}" for name in made}


def shown_from(result):
    """Inputs of a result's table and figure, but for the figure's own table."""
    return {
        name: inputs(result, part)[argument]
        for part in shown(result)
        for argument, name in drawn_from(result, part).items()
        if name != "csv"
    }


for result in COMPUTED:

    rule:
        name:
            f"compute_{result.name}"
        input:
            **inputs(result, "compute"),
        output:
            data=computed(result.name),
            rows=computed(result.name, "csv"),
        log:
            f"{OUT}/logs/compute/{result.name}.log",
        priority: 1  # the longest of them takes minutes: it is not to be the last
        localrule: [*result.declared.compute.inputs] == ["records"]  # it only counts
        resources:
            mem_mb=memory("compute", result.name),
            runtime=minutes("compute", result.name),
        params:
            code=code("compute", module(result, "compute")),
            module=module(result, "compute"),
            function=result.name,
            arguments=arguments(result, "compute"),
            command=lambda wildcards, output, level=level_of(result): (
                f"{COMMAND} --cores 1{level}{OVERLAYS} --force {output.rows}"
            ),
        message:
            f"Computing {result.name}"
        script:
            "../scripts/compute.py"


# One job for table and figure, which takes half of the time of two.
for result in RESULTS:
    if shown(result):

        rule:
            name:
                f"show_{result.name}"
            input:
                **shown_from(result),
            output:
                **outputs(result),
            log:
                f"{OUT}/logs/results/{of_protocol(result)}.log",
            localrule: True
            params:
                code=code("show", *(module(result, part) for part in shown(result))),
                folder=f"results/{result.kind}/{result.name}",
                table=drawn_from(result, "table"),
                figure=drawn_from(result, "figure"),
                arguments=arguments(result, "table") if result.declared.table else {},
            message:
                f"Table and figure {of_protocol(result)}".replace("{", "{wildcards.")
            script:
                "../scripts/show.py"


def made(*kinds):
    """Files of the results that are wanted, by result and protocol, in the order of the page."""
    out = []
    for result in WANTED:
        for protocol in PROTOCOLS if result.declared.by_protocol else [""]:
            files = [path.format(protocol=protocol) for path in files_of(result).values()]
            out.append((result, protocol, [file for file in files if file.endswith(kinds)]))
    return out


RESULT_FILES = [file for *_, files in made(*FIGURE, *TABLE) for file in files]
