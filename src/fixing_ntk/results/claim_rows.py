"""Rows of the table of claims: a quantity, what it may be at most, and the verdict."""

import json

# Panels of the poster, in its order, and what the paper adds.
PANELS = CONVEX, GATED, MKL, NTK, TOGETHER, ALGORITHM, CONSISTENCY = (
    "Convex Programs for ReLU Networks",
    "Gated ReLU Networks",
    "Multiple Kernel Learning",
    "Neural Tangent Kernel",
    "Putting It All Together",
    "Paper: algorithm 1",
    "Paper: prediction error",
)
# A theorem holds whatever the data, so its row checks the code; a finding could have come out
# otherwise.
KINDS = THEOREM, FINDING = "theorem", "finding"
COLUMNS = ["claim", "panel", "kind", "quantity", "value", "tolerance", "gap", "verdict"]
COLUMNS += ["facts", "command"]


def claim_row(claim, panel, quantity, value, tolerance, gap=None, kind=THEOREM, facts=None):
    """One row over `COLUMNS`, but for the command, which the caller's rule knows.

    Parameters
    ----------
    claim, quantity : str
        The claim in one sentence, and what was measured.
    panel : str
        One of `PANELS`.
    value, tolerance : float
        The claim holds when the value is at most the tolerance.
    gap : float, optional
        Largest relative gap of the fits behind the value.
    kind : str
        One of `KINDS`.
    facts : dict of str to float, optional
        Numbers that sentences state beside the value; in the row as JSON.

    Returns
    -------
    dict
    """
    return dict(
        claim=claim,
        panel=panel,
        kind=kind,
        quantity=quantity,
        value=float(value),
        tolerance=float(tolerance),
        gap=None if gap is None else float(gap),
        verdict="holds" if value <= tolerance else "fails",
        facts=json.dumps(facts or {}, allow_nan=False),
    )


def failures(rows):
    """One line for each row that does not hold."""
    return [
        f"claim fails: {row['claim']}: {row['quantity']}: {row['value']:.3g} is above "
        f"{row['tolerance']:.3g}"
        for row in rows
        if row["verdict"] != "holds"
    ]
