# Recursive feature machines, in an environment of their own, since torch is no dependency of this
# project; it is built once, whatever the configuration.
rule rfm_environment:
    input:
        os.path.relpath(HOME / "workflow/envs/rfm.txt"),
    output:
        "results/environments/rfm/ready",
    log:
        "results/logs/rfm_environment.log",
    localrule: True
    params:
        # Relative, so that a project that is moved stays up to date.
        python=PYTHON,
        folder=lambda wildcards, output: os.path.dirname(output[0]),
    message:
        "Installing the environment of xRFM"
    shell:
        "({params.python} -m venv --clear {params.folder}"
        " && {params.folder}/bin/python -m pip install --disable-pip-version-check -r {input}"
        " && touch {output}) > {log} 2>&1"


rule fit_rfm:
    input:
        data=f"{OUT}/data/full/{{dataset}}.npz",
        environment="results/environments/rfm/ready",
        script=os.path.relpath(SCRIPTS / "fit_rfm.py"),
    output:
        f"{OUT}/fits/full/{{dataset}}/rfm.csv",
    log:
        f"{OUT}/logs/fit_rfm/{{dataset}}.log",
    group:
        shared("fit_rfm")
    resources:
        mem_mb=memory("fit_rfm"),
        runtime=minutes("fit_rfm"),
    params:
        code=code("fit_rfm"),
        path=os.path.relpath(PACKAGE.parent),
        python=lambda wildcards, input: f"{os.path.dirname(input.environment)}/bin/python",
        settings=json.dumps(
            dict(config["rfm_tuning"], splits=N_SPLITS["full"], seed=config["seed"])
        ),
    message:
        "Recursive feature machines on {wildcards.dataset}"
    shell:
        "OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 PYTHONPATH={params.path:q}"
        " {params.python} {input.script} {input.data} {output} {log} {params.settings:q}"
