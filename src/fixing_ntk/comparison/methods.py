"""The methods that are compared: keys in records, and the names that readers see."""

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
# Our methods on a table of the user's own; for classes, `LOGISTIC` too, which has probabilities.
OURS_ON_A_TABLE = NTK, MKL, BETWEEN = tuple(OURS[key] for key in ("ntk", "mkl", "between"))
LOGISTIC = f"{BETWEEN}, logistic loss"
# The baseline there, which gives every row the same answer.
GUESS = {"classification": "largest class", "regression": "mean"}
# Keys of the methods that a run on such a table can select, and of those that it always has.
SELECTABLE = ("ntk", "between", "log_loss", *BASELINES)
ALWAYS = "mkl", "guess"
NAMES = {**OURS, **BASELINES, "rfm": "RFM"}
OPTIONAL = ("averaged", "rfm")  # methods that a table may lack


def on_a_table(task):
    """Return the names of all methods for a user's own table, as a dict by key.

    ``task`` is "classification" or "regression". The last method is the guess, which predicts the
    largest class or the mean for every row. For regression the key ``logistic`` is ridge
    regression, and ``log_loss`` is missing.
    """
    ours = {key: OURS[key] for key in ("ntk", "mkl", "between")}
    if task == "classification":
        return ours | {"log_loss": LOGISTIC} | BASELINES | {"guess": GUESS[task]}
    return ours | BASELINES | {"logistic": "ridge regression", "guess": GUESS[task]}


def methods(columns):
    """Return the keys of the methods that a table of accuracies has, in the order of `NAMES`.

    ``columns`` are its columns, one for each method, or the data frame itself. Methods of
    `OPTIONAL` are listed only if they are in ``columns``. All others are listed in any case, since
    the table must have them.
    """
    return [name for name in NAMES if name in columns or name not in OPTIONAL]
