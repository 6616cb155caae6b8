# Classifiers that a user would pick instead, on the same splits.
rule fit_baselines:
    input:
        data=f"{OUT}/data/{{protocol}}/{{dataset}}.npz",
        sources=sources("fit_baselines"),
    output:
        f"{OUT}/fits/{{protocol}}/{{dataset}}/baselines_{{block}}.csv",
    log:
        f"{OUT}/logs/fit_baselines/{{protocol}}/{{dataset}}/{{block}}.log",
    conda:
        "../envs/fixing_ntk.yaml"
    threads: 1
    resources:
        mem_mb=memory(180),
        runtime=minutes(lambda n: 2 + 5e-6 * n**2),
    params:
        settings=dict(config["baselines"], seed=config["seed"]),
        splits=indices,
    message:
        "Baselines on {wildcards.dataset}, protocol {wildcards.protocol}, splits {wildcards.block}"
    script:
        "../scripts/fit_baselines.py"


rule baselines:
    input:
        tuned=f"{OUT}/evaluation/{{protocol}}/tuned.csv",
        rows=lambda wildcards: expand(
            f"{OUT}/fits/{wildcards.protocol}/{{dataset}}/baselines_{{block}}.csv",
            dataset=datasets("baselines"),
            block=blocks(wildcards.protocol),
        ),
        sources=sources("baselines"),
    output:
        **table("baselines_{protocol}"),
    log:
        f"{OUT}/logs/baselines/{{protocol}}.log",
    localrule: True
    conda:
        "../envs/fixing_ntk.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        failed=left_out("baselines"),
    message:
        "Writing baselines, protocol {wildcards.protocol}"
    script:
        "../scripts/baselines.py"


rule critical_difference:
    input:
        table=f"{OUT}/tables/baselines_{{protocol}}.csv",
        sources=sources("critical_difference"),
    output:
        **figure("critical_difference_{protocol}"),
    log:
        f"{OUT}/logs/critical_difference/{{protocol}}.log",
    localrule: True
    conda:
        "../envs/fixing_ntk.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    message:
        "Drawing critical_difference, protocol {wildcards.protocol}"
    script:
        "../scripts/critical_difference.py"
