"""Methods that are compared, each by the name that readers see."""

OURS = {
    "ntk": "NTK",
    "mkl": "MKL",
    "stopped": "stopped MKL",
    "averaged": "MKL averaged",
    "between": "MKL (p = 4/3)",
}
BASELINES = {
    "logistic": "logistic regression",
    "svm": "RBF SVM",
    "forest": "untuned random forest",
    "boosting": "untuned gradient boosting",
}
# Of ours, those on a table of the user's own; of classes also the one with probabilities.
OURS_ON_A_TABLE = NTK, MKL, BETWEEN = tuple(OURS[key] for key in ("ntk", "mkl", "between"))
LOGISTIC = f"{BETWEEN}, logistic loss"
# What every method is to beat there: the same answer for every row.
GUESS = {"classification": "largest class", "regression": "mean"}
# By key, what a run on such a table can be asked for, and what it has in any case.
SELECTABLE = ("ntk", "between", "log_loss", *BASELINES)
ALWAYS = "mkl", "guess"
NAMES = {**OURS, **BASELINES, "rfm": "RFM"}
OPTIONAL = ("averaged", "rfm")  # what not every table has


def on_a_table(task):
    """Methods on a table of the user's own, by their keys: ours first, the guess last."""
    ours = {key: OURS[key] for key in ("ntk", "mkl", "between")}
    if task == "classification":
        return ours | {"log_loss": LOGISTIC} | BASELINES | {"guess": GUESS[task]}
    return ours | BASELINES | {"logistic": "ridge regression", "guess": GUESS[task]}


def methods(columns):
    """Those of `NAMES` that a table has; only those of `OPTIONAL` may be missing."""
    return [name for name in NAMES if name in columns or name not in OPTIONAL]
