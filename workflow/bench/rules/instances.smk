def code(script):
    """What a script and all that it imports hold, as a parameter: an edit reruns what depends on it."""
    path = BENCH / f"scripts/{script}.py"
    return fingerprint([path, *package_sources(path)])


rule download_dataset:
    output:
        directory("results/downloads/{dataset}"),
    log:
        "results/logs/download_dataset/{dataset}.log",
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    message:
        "Downloading {wildcards.dataset}"
    script:
        "../../scripts/download_dataset.py"


rule make_instance:
    input:
        raw=lambda wildcards: (
            []
            if wildcards.dataset in config["teachers"]
            else f"results/downloads/{wildcards.dataset}"
        ),
    output:
        f"{OUT}/instances/{{panel}}/{{dataset}}.npz",
    log:
        f"{OUT}/logs/make_instance/{{panel}}/{{dataset}}.log",
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        code=code("make_instance"),
        n_gates=lambda wildcards: PANELS[wildcards.panel]["n_gates"][wildcards.dataset],
        loss=lambda wildcards: PANELS[wildcards.panel].get("loss", "squared"),
        seed=config["seed"],
        teacher=lambda wildcards: config["teachers"].get(wildcards.dataset),
    message:
        "Sampling masks of {wildcards.dataset}, panel {wildcards.panel}"
    script:
        "../scripts/make_instance.py"
