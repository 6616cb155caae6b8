rule fit_ntk:
    input:
        data=f"{OUT}/data/{{protocol}}/{{dataset}}.npz",
        masks=f"{OUT}/masks/{{protocol}}/{{dataset}}/{{block}}.npz",
    output:
        f"{OUT}/fits/{{protocol}}/{{dataset}}/ntk_{{block}}.csv",
    log:
        f"{OUT}/logs/fit_ntk/{{protocol}}/{{dataset}}/{{block}}.log",
    group:
        shared("fit_ntk")
    resources:
        mem_mb=memory("fit_ntk"),
        runtime=minutes("fit_ntk"),
    params:
        code=code("fit_ntk"),
        ratios=config["ntk_ratios"],
        same_ratios=config["same_lambda"]["ratios"],
        tol=config["tol"],
    message:
        "NTK on {wildcards.dataset}, protocol {wildcards.protocol}, splits {wildcards.block}"
    script:
        "../scripts/fit_ntk.py"


rule fit_mkl:
    input:
        data=f"{OUT}/data/{{protocol}}/{{dataset}}.npz",
        masks=f"{OUT}/masks/{{protocol}}/{{dataset}}/{{block}}.npz",
    output:
        records=f"{OUT}/fits/{{protocol}}/{{dataset}}/mkl_{{block}}.csv",
        weights=f"{OUT}/fits/{{protocol}}/{{dataset}}/mkl_{{block}}.npz",
    log:
        f"{OUT}/logs/fit_mkl/{{protocol}}/{{dataset}}/{{block}}.log",
    group:
        shared("fit_mkl")
    resources:
        mem_mb=memory("fit_mkl"),
        runtime=minutes("fit_mkl"),
    params:
        code=code("fit_mkl"),
        ratios=config["mkl_ratios"],
        same_ratios=config["same_lambda"]["ratios"],
        tol=config["tol"],
        solver=SOLVER,
    message:
        "MKL on {wildcards.dataset}, protocol {wildcards.protocol}, splits {wildcards.block}"
    script:
        "../scripts/fit_mkl.py"


# It reads MKL's records, since MKL is among what it chooses from.
rule fit_early_stopping:
    input:
        data=f"{OUT}/data/{{protocol}}/{{dataset}}.npz",
        masks=f"{OUT}/masks/{{protocol}}/{{dataset}}/{{block}}.npz",
        mkl=f"{OUT}/fits/{{protocol}}/{{dataset}}/mkl_{{block}}.csv",
    output:
        f"{OUT}/fits/{{protocol}}/{{dataset}}/early_stopping_{{block}}.csv",
    log:
        f"{OUT}/logs/fit_early_stopping/{{protocol}}/{{dataset}}/{{block}}.log",
    group:
        shared("fit_early_stopping")
    resources:
        mem_mb=memory("fit_early_stopping"),
        runtime=minutes("fit_early_stopping"),
    params:
        code=code("fit_early_stopping"),
        grids=config["stopped"],
        tol=config["tol"],
    message:
        "MKL stopped early on {wildcards.dataset}, protocol {wildcards.protocol},"
        " splits {wildcards.block}"
    script:
        "../scripts/fit_early_stopping.py"


# On the gates that MKL's masks are of, every one kept.
rule fit_between:
    input:
        data=f"{OUT}/data/{{protocol}}/{{dataset}}.npz",
    output:
        f"{OUT}/fits/{{protocol}}/{{dataset}}/between_{{block}}.csv",
    log:
        f"{OUT}/logs/fit_between/{{protocol}}/{{dataset}}/{{block}}.log",
    group:
        shared("fit_between")
    resources:
        mem_mb=memory("fit_between"),
        runtime=minutes("fit_between"),
    params:
        code=code("fit_between"),
        splits=splits_of_block,
        n_gates=config["n_gates"],
        seed=config["seed"],
        ratios=config["ntk_ratios"],
        tol=config["tol"],
    message:
        "MKL at p = 4/3 on {wildcards.dataset}, protocol {wildcards.protocol},"
        " splits {wildcards.block}"
    script:
        "../scripts/fit_between.py"


# It reads MKL's records and weights, which are those of its first draw.
rule fit_averaged:
    input:
        data=f"{OUT}/data/{{protocol}}/{{dataset}}.npz",
        records=[
            f"{OUT}/fits/{{protocol}}/{{dataset}}/{method}_{{block}}.csv"
            for method in ("ntk", "mkl", "early_stopping")
        ],
        weights=f"{OUT}/fits/{{protocol}}/{{dataset}}/mkl_{{block}}.npz",
    output:
        records=f"{OUT}/fits/{{protocol}}/{{dataset}}/averaged_{{block}}.csv",
        points=f"{OUT}/points/{{protocol}}/{{dataset}}/averaged_{{block}}.csv",
    log:
        f"{OUT}/logs/fit_averaged/{{protocol}}/{{dataset}}/{{block}}.log",
    group:
        shared("fit_averaged")
    resources:
        mem_mb=memory("fit_averaged"),
        runtime=minutes("fit_averaged"),
    params:
        code=code("fit_averaged"),
        splits=splits_of_block,
        draws=AVERAGED,
        n_gates=config["n_gates"],
        seed=config["seed"],
        ratios=config["mkl_ratios"],
        ntk_ratios=config["ntk_ratios"],
        tol=config["tol"],
        solver=SOLVER,
    message:
        "Averaging over draws of the gates on {wildcards.dataset}, protocol {wildcards.protocol},"
        " splits {wildcards.block}"
    script:
        "../scripts/fit_averaged.py"


# More splits, each at every penalty: how the comparison varies from draw to draw.
rule fit_draws:
    input:
        data=f"{OUT}/data/full/{{dataset}}.npz",
    output:
        f"{OUT}/draws/{{dataset}}/{{block}}.csv",
    log:
        f"{OUT}/logs/fit_draws/{{dataset}}/{{block}}.log",
    group:
        shared("fit_draws")
    resources:
        mem_mb=memory("fit_draws"),
        runtime=minutes("fit_draws"),
    params:
        code=code("fit_draws"),
        seed=config["seed"],
        splits=splits_of_block,
        test_size=config["splits"]["test_size"],
        n_gates=config["n_gates"],
        ntk_ratios=config["ntk_ratios"],
        mkl_ratios=config["mkl_ratios"],
        same_ratios=config["same_lambda"]["ratios"],
        tol=config["tol"],
        solver=SOLVER,
    message:
        "Both methods on {wildcards.dataset}, splits {wildcards.block}"
    script:
        "../scripts/fit_draws.py"


# Classifiers that a user would pick instead, on the same splits.
rule fit_baselines:
    input:
        data=f"{OUT}/data/{{protocol}}/{{dataset}}.npz",
    output:
        f"{OUT}/fits/{{protocol}}/{{dataset}}/baselines_{{block}}.csv",
    log:
        f"{OUT}/logs/fit_baselines/{{protocol}}/{{dataset}}/{{block}}.log",
    group:
        shared("fit_baselines")
    resources:
        mem_mb=memory("fit_baselines"),
        runtime=minutes("fit_baselines"),
    params:
        code=code("fit_baselines"),
        settings=dict(config["baselines"], seed=config["seed"]),
        splits=splits_of_block,
    message:
        "Baselines on {wildcards.dataset}, protocol {wildcards.protocol}, splits {wildcards.block}"
    script:
        "../scripts/fit_baselines.py"


# Networks that are trained by gradients, beside NTK and MKL: hours, so a job for each dataset.
rule fit_networks:
    input:
        data=f"{OUT}/data/paper/{{dataset}}.npz",
        masks=f"{OUT}/masks/paper/{{dataset}}/{blocks('paper')[0]}.npz",
        ntk=f"{OUT}/fits/paper/{{dataset}}/ntk_{blocks('paper')[0]}.csv",
        mkl=f"{OUT}/fits/paper/{{dataset}}/mkl_{blocks('paper')[0]}.csv",
    output:
        f"{OUT}/networks/{{dataset}}.csv",
    log:
        f"{OUT}/logs/fit_networks/{{dataset}}.log",
    group:
        shared("fit_networks")
    resources:
        mem_mb=memory("fit_networks"),
        runtime=minutes("fit_networks"),
    params:
        code=code("fit_networks"),
        arguments={key: config[key] for key in ("tol", "seed")},
        settings=config["networks"],
    message:
        "Training networks on {wildcards.dataset}"
    script:
        "../scripts/fit_networks.py"


rule compare_solvers:
    input:
        data=f"{OUT}/data/{PROTOCOLS[0]}/{{dataset}}.npz",
        masks=f"{OUT}/masks/{PROTOCOLS[0]}/{{dataset}}/{blocks(PROTOCOLS[0])[0]}.npz",
    output:
        f"{OUT}/solvers/{{dataset}}.csv",
    log:
        f"{OUT}/logs/compare_solvers/{{dataset}}.log",
    group:
        shared("compare_solvers")
    resources:
        mem_mb=memory("compare_solvers"),
        runtime=minutes("compare_solvers"),
    params:
        code=code("compare_solvers"),
        arguments=config.get("solvers", {}) | {key: config[key] for key in ("tol", "conic_backend")},
    message:
        "Conic solver beside the default on {wildcards.dataset}"
    script:
        "../scripts/compare_solvers.py"


rule evaluate:
    input:
        records=fits("ntk", "mkl"),
    output:
        records=f"{OUT}/evaluation/{{protocol}}/records.csv",
        tuned=f"{OUT}/evaluation/{{protocol}}/tuned.csv",
        same=f"{OUT}/evaluation/{{protocol}}/same_lambda.csv",
        wins=f"{OUT}/evaluation/{{protocol}}/wins_by_lambda.csv",
    log:
        f"{OUT}/logs/evaluate/{{protocol}}.log",
    localrule: True
    params:
        code=code("evaluate"),
    message:
        "Evaluating protocol {wildcards.protocol}"
    script:
        "../scripts/evaluate.py"


# Beside NTK and MKL, which `evaluate` compares without these; of protocol full the average over draws too.
rule evaluate_early_stopping:
    input:
        records=lambda wildcards: fits(
            *("ntk", "mkl", "early_stopping", "between"),
            *(["averaged"] if wildcards.protocol == "full" else []),
        )(wildcards),
    output:
        f"{OUT}/evaluation/{{protocol}}/early_stopping.csv",
    log:
        f"{OUT}/logs/evaluate_early_stopping/{{protocol}}.log",
    localrule: True
    params:
        code=code("evaluate_early_stopping"),
    message:
        "Evaluating early stopping, protocol {wildcards.protocol}"
    script:
        "../scripts/evaluate_early_stopping.py"
