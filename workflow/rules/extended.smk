# What takes hours: the comparison of protocol full with other gates, grids and losses, and one program on
# the gates of all draws; every program between the NTK and MKL; and optima over ever more masks. Jobs are
# single blocks of splits or datasets, so a run that was stopped goes on where it was.
OTHER_GATES = expand(
    f"{OUT}/fits/full/{{dataset}}/mkl_{{gates}}_gates_{{block}}.csv",
    dataset=datasets(),
    gates=[count for count in SENSITIVITY["gates"] if count != config["n_gates"]],
    block=blocks("full"),
)
WIDER_GRID = of_blocks(f"{OUT}/fits/full/{{dataset}}/ntk_wider_{{block}}.csv")
ONE_PROGRAM = of_blocks(f"{OUT}/fits/full/{{dataset}}/one_program_{{block}}.csv")
EXPONENTS = of_blocks(f"{OUT}/fits/full/{{dataset}}/exponents_{{block}}.csv")
LOGISTIC, INTERCEPT = (
    of_blocks(f"{OUT}/fits/full/{{dataset}}/losses_{variant}_{{block}}.csv")
    for variant in ("logistic", "intercept")
)


# Fewer gates are the first of more; MKL's own are the first of those that exceed them.
rule fit_gates:
    input:
        data=f"{OUT}/data/{{protocol}}/{{dataset}}.npz",
    output:
        f"{OUT}/fits/{{protocol}}/{{dataset}}/mkl_{{gates}}_gates_{{block}}.csv",
    log:
        f"{OUT}/logs/fit_gates/{{protocol}}/{{dataset}}/{{gates}}/{{block}}.log",
    group:
        shared("fit_gates")
    resources:
        mem_mb=memory("fit_gates"),
        runtime=minutes("fit_gates"),
    params:
        code=code("fit_gates"),
        splits=splits_of_block,
        n_gates=config["n_gates"],
        seed=config["seed"],
        ratios=config["mkl_ratios"],
        tol=config["tol"],
        solver=SOLVER,
    message:
        "MKL with {wildcards.gates} gates on {wildcards.dataset}, splits {wildcards.block}"
    script:
        "../scripts/fit_gates.py"


use rule fit_ntk as fit_ntk_wider with:
    output:
        f"{OUT}/fits/{{protocol}}/{{dataset}}/ntk_wider_{{block}}.csv",
    log:
        f"{OUT}/logs/fit_ntk_wider/{{protocol}}/{{dataset}}/{{block}}.log",
    group:
        shared("fit_ntk_wider")
    params:
        ratios=sorted({*config["ntk_ratios"], *SENSITIVITY["ntk_ratios"]}, reverse=True),
        same_ratios=[],
        tol=config["tol"],
    message:
        "NTK with a wider grid on {wildcards.dataset}, splits {wildcards.block}"


rule fit_one_program:
    input:
        data=f"{OUT}/data/{{protocol}}/{{dataset}}.npz",
        points=f"{OUT}/points/{{protocol}}/{{dataset}}/averaged_{{block}}.csv",
    output:
        records=f"{OUT}/fits/{{protocol}}/{{dataset}}/one_program_{{block}}.csv",
        points=f"{OUT}/points/{{protocol}}/{{dataset}}/one_program_{{block}}.csv",
    log:
        f"{OUT}/logs/fit_one_program/{{protocol}}/{{dataset}}/{{block}}.log",
    group:
        shared("fit_one_program")
    resources:
        mem_mb=memory("fit_one_program"),
        runtime=minutes("fit_one_program"),
    params:
        code=code("fit_one_program"),
        splits=splits_of_block,
        draws=AVERAGED,
        n_gates=config["n_gates"],
        seed=config["seed"],
        ratios=config["mkl_ratios"],
        tol=config["tol"],
        solver=SOLVER,
    message:
        "One program on the gates of all draws on {wildcards.dataset}, splits {wildcards.block}"
    script:
        "../scripts/fit_one_program.py"


rule evaluate_sensitivity:
    input:
        chosen=f"{OUT}/evaluation/full/tuned.csv",
        draws=of_blocks(f"{OUT}/fits/full/{{dataset}}/averaged_{{block}}.csv"),
        gates=OTHER_GATES,
        ntk=WIDER_GRID,
        intercept=INTERCEPT,
    output:
        f"{OUT}/evaluation/full/sensitivity.csv",
    log:
        f"{OUT}/logs/evaluate_sensitivity.log",
    localrule: True
    params:
        code=code("evaluate_sensitivity"),
        n_gates=config["n_gates"],
    message:
        "Evaluating other gates, grids, and an intercept"
    script:
        "../scripts/evaluate_sensitivity.py"


rule fit_exponents:
    input:
        data=f"{OUT}/data/{{protocol}}/{{dataset}}.npz",
    output:
        f"{OUT}/fits/{{protocol}}/{{dataset}}/exponents_{{block}}.csv",
    log:
        f"{OUT}/logs/fit_exponents/{{protocol}}/{{dataset}}/{{block}}.log",
    group:
        shared("fit_exponents")
    resources:
        mem_mb=memory("fit_exponents"),
        runtime=minutes("fit_exponents"),
    params:
        code=code("fit_exponents"),
        splits=splits_of_block,
        n_gates=config["n_gates"],
        seed=config["seed"],
        ratios=config["ntk_ratios"],
        tol=config["tol"],
    message:
        "Every program between the NTK and MKL on {wildcards.dataset}, splits {wildcards.block}"
    script:
        "../scripts/fit_exponents.py"


rule evaluate_exponents:
    input:
        chosen=f"{OUT}/evaluation/full/tuned.csv",
        mkl=of_blocks(f"{OUT}/fits/full/{{dataset}}/mkl_{{block}}.csv"),
        between=[
            *of_blocks(f"{OUT}/fits/full/{{dataset}}/between_{{block}}.csv"),
            *EXPONENTS,
        ],
    output:
        f"{OUT}/evaluation/full/exponents.csv",
    log:
        f"{OUT}/logs/evaluate_exponents.log",
    localrule: True
    params:
        code=code("evaluate_exponents"),
    message:
        "Evaluating every program between the NTK and MKL"
    script:
        "../scripts/evaluate_exponents.py"


rule fit_losses:
    input:
        data=f"{OUT}/data/{{protocol}}/{{dataset}}.npz",
    output:
        f"{OUT}/fits/{{protocol}}/{{dataset}}/losses_{{variant}}_{{block}}.csv",
    log:
        f"{OUT}/logs/fit_losses/{{protocol}}/{{dataset}}/{{variant}}/{{block}}.log",
    group:
        shared("fit_losses")
    resources:
        mem_mb=memory("fit_losses"),
        runtime=minutes("fit_losses"),
    params:
        code=code("fit_losses"),
        splits=splits_of_block,
        n_gates=config["n_gates"],
        seed=config["seed"],
        ratios=config["mkl_ratios"],
        ntk_ratios=config["ntk_ratios"],
        tol=config["tol"],
    message:
        "NTK and MKL with {wildcards.variant} on {wildcards.dataset}, splits {wildcards.block}"
    script:
        "../scripts/fit_losses.py"


rule evaluate_losses:
    input:
        chosen=f"{OUT}/evaluation/full/tuned.csv",
        between=of_blocks(f"{OUT}/fits/full/{{dataset}}/between_{{block}}.csv"),
        logistic=LOGISTIC,
    output:
        f"{OUT}/evaluation/full/losses.csv",
    log:
        f"{OUT}/logs/evaluate_losses.log",
    localrule: True
    params:
        code=code("evaluate_losses"),
    message:
        "Evaluating the logistic loss"
    script:
        "../scripts/evaluate_losses.py"


rule fit_all_masks:
    input:
        data=f"{OUT}/data/paper/{{dataset}}.npz",
        records=f"{OUT}/fits/paper/{{dataset}}/mkl_{blocks('paper')[0]}.csv",
    output:
        f"{OUT}/all_masks/{{dataset}}.csv",
    log:
        f"{OUT}/logs/fit_all_masks/{{dataset}}.log",
    group:
        shared("fit_all_masks")
    resources:
        mem_mb=memory("fit_all_masks"),
        runtime=minutes("fit_all_masks"),
    params:
        code=code("fit_all_masks"),
        arguments=ALL_MASKS | {"tol": config["tol"]},
        n_gates=config["n_gates"],
        seed=config["seed"],
        reference=config["same_lambda"]["reference"],
        solver=SOLVER,
    message:
        "Optima over ever more masks on {wildcards.dataset}"
    script:
        "../scripts/fit_all_masks.py"
