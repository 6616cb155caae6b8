PYTHON = os.path.relpath(sys.executable)  # a project that is moved stays up to date
PROTOCOL = [PEERS.parent / f"{name}.py" for name in ("protocol", "watch")]


def environment(wildcards):
    """Marker of the environment that a solver needs beside the package's own."""
    name = SOLVERS[wildcards.solver]
    return f"{ENVIRONMENTS}/{name}/ready" if name else []


def python(wildcards):
    name = SOLVERS[wildcards.solver]
    return f"{ENVIRONMENTS}/{name}/bin/python" if name else PYTHON


def measured_code(wildcards):
    """What a solver's times depend on.

    For another package its adapter and the protocol alone: an edit of our solvers, or of the parts
    that score a point, leaves hours of its jobs as they are.
    """
    files = [PEERS / f"{wildcards.solver}.py", *PROTOCOL]
    behind = {os.path.relpath(path) for file in files for path in package_sources(file)}
    if SOLVERS[wildcards.solver]:
        behind = {path for path in behind if "/benchmark/peers/" in path}
    return fingerprint([*behind, *files])


rule environment:
    input:
        os.path.relpath(BENCH / "environments/{environment}.txt"),
    output:
        f"{ENVIRONMENTS}/{{environment}}/ready",
    log:
        "results/bench/logs/environment/{environment}.log",
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        folder=lambda wildcards, output: os.path.dirname(output[0]),
    message:
        "Installing the environment {wildcards.environment}"
    shell:
        "({PYTHON} -m venv --clear {params.folder}"
        " && {params.folder}/bin/python -m pip install --disable-pip-version-check -r {input}"
        " && touch {output}) > {log} 2>&1"


rule run_solver:
    input:
        instance=f"{OUT}/instances/{{panel}}/{{dataset}}.npz",
        environment=environment,
        script=os.path.relpath(BENCH / "scripts/run_solver.py"),
    output:
        f"{OUT}/runs/{{panel}}/{{dataset}}/{{solver}}.csv",
    log:
        f"{OUT}/logs/run_solver/{{panel}}/{{dataset}}/{{solver}}.log",
    threads: 1
    resources:
        mem_mb=config["memory_limit"],
        runtime=60,
    params:
        code=measured_code,
        python=python,
        settings=lambda wildcards: json.dumps(
            {key: config[key] for key in ("ratios", "gaps", "memory_limit", "repeats")}
            | {"time_limit": PANELS[wildcards.panel]["time_limit"]}
        ),
    message:
        "{wildcards.solver} on {wildcards.dataset}, panel {wildcards.panel}"
    shell:
        "OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 NUMBA_NUM_THREADS=1"
        " RAYON_NUM_THREADS=1 PYTHONPATH=src"
        " {params.python} {input.script} {input.instance} {wildcards.solver} {output}"
        " {params.settings:q} > {log} 2>&1"
