# A table of the user's own, in place of the paper's datasets: the key `data` asks for it.
from fixing_ntk.data import own

OWN_FITS = [f"{OUT}/own/{split}.csv" for split in range(config["splits"]["full"])]
OWN_LEARNED = f"{OUT}/own/learned.npz"
OWN_DATA = dict(path=config["data"], target=config["target"], task=config["task"])
try:
    OWN_TASK = own.read(**OWN_DATA).task
except ValueError as error:
    sys.exit(f"config: data: {error}")
OWN_FIT = dict(
    folds=config["splits"]["folds"],
    n_gates=config["n_gates"],
    tol=config["tol"],
    seed=config["seed"],
)


rule compare_own_data:
    input:
        data=config["data"],
        sources=sources("compare_own_data"),
    output:
        f"{OUT}/own/{{split}}.csv",
    log:
        f"{OUT}/logs/compare_own_data/{{split}}.log",
    wildcard_constraints:
        split=r"\d+",
    conda:
        "../envs/fixing_ntk.yaml"
    resources:
        mem_mb=2000,
        runtime=120,
    params:
        data=OWN_DATA,
        fit=dict(OWN_FIT, test_size=config["splits"]["test_size"]),
    message:
        "NTK and MKL on {input.data}, split {wildcards.split}"
    script:
        "../scripts/compare_own_data.py"


rule learn_own_data:
    input:
        data=config["data"],
        sources=sources("learn_own_data"),
    output:
        OWN_LEARNED,
    log:
        f"{OUT}/logs/learn_own_data.log",
    conda:
        "../envs/fixing_ntk.yaml"
    resources:
        mem_mb=2000,
        runtime=120,
    params:
        data=OWN_DATA,
        fit=OWN_FIT,
    message:
        "MKL on all rows of {input.data}"
    script:
        "../scripts/learn_own_data.py"
