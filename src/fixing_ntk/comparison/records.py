"""Records of fits in CSV files: one row for each fit, with its scores and its certificate."""

import csv

COLUMNS = [
    "dataset",
    "split",
    # ntk: NTK in closed form; ntk_sampled: NTK of the drawn gates, which is IRLS iteration 0; mkl:
    # MKL, the limit of IRLS; stopped: MKL stopped early; mkl_draw: MKL on a further draw of the
    # gates; averaged, ntk_averaged: mean output of all draws of mkl, of ntk_sampled; between: a
    # program between the NTK and MKL, with a mask for every drawn gate
    "method",
    "exponent",  # p of the program, for method between
    "with_ntk",  # whether the NTK is one of the kernels, for method between
    "draw",  # number of the draw of the gates, where there are several
    # cv: fit in a fold; tuned: refit to the training rows at the chosen penalty; same, grid: fit to
    # the training rows at a penalty of the common grid, or of the method's own grid
    "stage",
    "fold",
    # lam over lambda_max; but lam over the largest eigenvalue of the kernel with the NTK's weights
    # for ntk in the stages cv, tuned and grid, and for between
    "ratio",
    "reweightings",  # number of them, for method stopped; empty where MKL did not stop early
    "lam",
    "n",
    "d",
    "p",
    "correct",
    "total",
    "train_correct",  # rows classified correctly, of the n rows that were fitted
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
    """A fit's gap exceeds the tolerance, so none of its numbers may reach a table."""


def require_certified(split, lam, gap, tol):
    """Raise `UncertifiedFit`, naming dataset, split and penalty, unless ``gap <= tol``.

    ``gap`` and ``tol`` are relative gaps; NaN raises. ``split`` and ``lam`` only serve the message.
    """
    if not gap <= tol:
        raise UncertifiedFit(
            f"{split.dataset}, split {split.index}, lambda={lam:.6g}: relative gap {gap:.2e} is "
            f"above the tolerance {tol:.0e}; raise `tol` in the configuration or drop this lambda"
        )


def write(path, rows, columns=COLUMNS):
    """Write records to a CSV file, one row for each dict; columns that a dict lacks stay empty.

    None is an empty cell, too. ValueError is raised for a key that is not in ``columns``. Floats
    have 17 digits, so that `read_rows` gives them back exactly.
    """
    with open(path, "w", encoding="utf-8", newline="") as f:
        writer = csv.DictWriter(f, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(
            {key: f"{v:.17g}" if isinstance(v, float) else v for key, v in row.items()}
            for row in rows
        )


def read_rows(path):
    """Read the file of `write` as a list of dict; empty cells have no key.

    Columns of `TEXT` stay text. All others become bool, int or float.
    """
    with open(path, encoding="utf-8", newline="") as f:
        return [
            {key: cell if key in TEXT else _value(cell) for key, cell in row.items() if cell}
            for row in csv.DictReader(f)
        ]


def _value(cell):
    """Return the bool, int or float that a cell of text stands for."""
    if cell in ("True", "False"):
        return cell == "True"
    try:
        return int(cell)
    except ValueError:
        return float(cell)


def read(paths, columns=None):
    """Read record files into one pandas.DataFrame, with all their columns or only ``columns``.

    Its rows are those of each of the ``paths`` in turn. Empty cells are NaN.
    """
    import pandas as pd

    # Read every digit as written: by default some versions of pandas change the last one.
    options = dict(usecols=columns, float_precision="round_trip")
    return pd.concat([pd.read_csv(path, **options) for path in paths], ignore_index=True)
