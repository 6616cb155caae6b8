"""One row for each fitted number, in CSV: what was fitted, how well, and its certificate."""

import csv

COLUMNS = [
    "dataset",
    "split",
    # ntk: closed form; ntk_sampled: of the drawn gates, IRLS iteration 0; mkl: its limit; stopped:
    # on the way there; mkl_draw: mkl of a further draw of the gates; averaged, ntk_averaged: mean
    # outputs of all draws of mkl, of ntk_sampled; between: from the NTK to mkl, on every drawn gate
    "method",
    "exponent",  # p of between
    "with_ntk",  # whether the NTK is one of the kernels of between
    "draw",  # of the gates, where there are several
    # cv: a fold; tuned: refit at the chosen penalty; same: of the common grid; grid: of the
    # method's own, on the test rows
    "stage",
    "fold",
    # lam over lambda_max; for ntk in cv, tuned and grid, and for between, over the largest
    # eigenvalue of the kernel with the NTK's weights
    "ratio",
    "reweightings",  # of stopped; none for its limit
    "lam",
    "n",
    "d",
    "p",
    "correct",
    "total",
    "train_correct",  # of the n rows that it was fitted to
    "objective",
    "gap",
    "n_iter",
    "n_active",
    "at_end",  # the chosen penalty is the first or last of its grid
    "mkl_objective",  # J at the mu that corresponds to lam
    "ntk_mkl_objective",  # J of the NTK weights at the same mu
    "effective_dimension",  # of the NTK at its chosen penalty
    "alignment",  # of the NTK with the training labels
    "solver",
]
TEXT = {"dataset", "method", "stage", "solver"}  # all others are numbers or truth values


class UncertifiedFit(RuntimeError):
    """A fit missed its gap; no number of it is passed on."""


def require_certified(split, lam, gap, tol):
    """Raise `UncertifiedFit`, naming dataset, split and penalty, unless ``gap <= tol``."""
    if not gap <= tol:
        raise UncertifiedFit(
            f"{split.dataset}, split {split.index}, lambda={lam:.6g}: relative gap {gap:.2e} is "
            f"above the tolerance {tol:.0e}; raise `tol` in the configuration or drop this lambda"
        )


def write(path, rows, columns=COLUMNS):
    """Write records (dicts over the columns, missing ones left empty) to a CSV file."""
    with open(path, "w", encoding="utf-8", newline="") as f:
        writer = csv.DictWriter(f, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(
            {key: f"{v:.17g}" if isinstance(v, float) else v for key, v in row.items()}
            for row in rows
        )


def read_rows(path):
    """Rows of one file as `write` took them: a list of dict, without what is missing."""
    with open(path, encoding="utf-8", newline="") as f:
        return [
            {key: cell if key in TEXT else _value(cell) for key, cell in row.items() if cell}
            for row in csv.DictReader(f)
        ]


def _value(cell):
    if cell in ("True", "False"):
        return cell == "True"
    try:
        return int(cell)
    except ValueError:
        return float(cell)


def read(paths, columns=None):
    """Concatenate record files to a pandas.DataFrame with all of `COLUMNS`, or with some."""
    import pandas as pd

    # Every digit as `write` gave it: by default some versions of pandas are off in the last one.
    options = dict(usecols=columns, float_precision="round_trip")
    return pd.concat([pd.read_csv(path, **options) for path in paths], ignore_index=True)
