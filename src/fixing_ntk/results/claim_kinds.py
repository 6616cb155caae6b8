"""Rows of the table of claims: a measured quantity, its tolerance, and the verdict."""

import csv
import json

# Panels of the poster, in the poster's order, then headings for claims of the paper alone.
PANELS = CONVEX, GATED, MKL, NTK, TOGETHER, ALGORITHM, CONSISTENCY, ACCURACY = (
    "Convex Programs for ReLU Networks",
    "Gated ReLU Networks",
    "Multiple Kernel Learning",
    "Neural Tangent Kernel",
    "Putting It All Together",
    "Paper: algorithm 1",
    "Paper: prediction error",
    "Paper: test accuracy",
)
# A theorem holds whatever the data, so its row checks the code. A finding could have come out
# otherwise. A reported number is one that the paper states.
KINDS = THEOREM, FINDING, REPORTED = "theorem", "finding", "reported"
# By kind, the verdict where a row holds, and the verdict where it does not.
VERDICTS = {
    THEOREM: ("holds", "fails"),
    FINDING: ("holds", "does not hold"),
    REPORTED: ("reproduced", "not reproduced"),
}
HOLDS = {yes for yes, _ in VERDICTS.values()}
COLUMNS = ["claim", "panel", "kind", "quantity", "value", "tolerance", "reason", "gap", "verdict"]
COLUMNS += ["facts", "command"]


def claim_row(
    claim, panel, quantity, value, tolerance, gap=None, kind=THEOREM, facts=None, reason=""
):
    """Return a row of the table of claims, with the verdict; `write` adds the command.

    Parameters
    ----------
    claim, quantity : str
        The claim in one sentence, and what was measured.
    panel : str
        One of `PANELS`.
    value, tolerance : float
        A theorem or a finding holds when the value is at most the tolerance. A reported number is
        reproduced when the value is at least the tolerance, which is the number that the paper
        states.
    gap : float, optional
        Largest relative gap of the fits behind the value.
    kind : str
        One of `KINDS`.
    facts : dict of str to float, optional
        Further numbers for the notes of the table and the documentation; JSON in the row.
    reason : str
        Why the tolerance has this value, in a few words; tolerances are set before the run. The
        reason may be empty for a theorem, whose tolerance allows for rounding, the gap of the fits,
        or chance.

    Returns
    -------
    dict
        The keys are `COLUMNS` without "command". "verdict" is one of the words in `VERDICTS`.
    """
    holds = value >= tolerance if kind == REPORTED else value <= tolerance
    return dict(
        claim=claim,
        panel=panel,
        kind=kind,
        quantity=quantity,
        value=float(value),
        tolerance=float(tolerance),
        reason=reason,
        gap=None if gap is None else float(gap),
        verdict=VERDICTS[kind][0 if holds else 1],
        facts=json.dumps(facts or {}, allow_nan=False),
    )


def failures(rows):
    """Return a line of text for each row of `claim_row` that is a theorem and fails.

    Findings that do not hold and numbers that are not reproduced give no line.
    """
    return [
        f"claim fails: {row['claim']}: {row['quantity']}: {row['value']:.8g} is above "
        f"{row['tolerance']:.8g}"
        for row in rows
        if row["verdict"] == VERDICTS[THEOREM][1]
    ]


def write(path, rows, command):
    """Write rows of `claim_row` to a CSV file, each with ``command``, which recomputes the row."""
    with open(path, "w", newline="", encoding="utf-8") as f:
        writer = csv.DictWriter(f, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(dict(row, command=command) for row in rows)
