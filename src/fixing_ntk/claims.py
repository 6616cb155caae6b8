"""Rows of the table of claims: a quantity, what it may be at most, and the verdict."""

COLUMNS = ["experiment", "claim", "panel", "quantity", "value", "tolerance", "gap", "verdict"]


def claim_row(claim, panel, quantity, value, tolerance, gap=None):
    """One row over `COLUMNS`, but for the experiment, which the caller's rule knows.

    Parameters
    ----------
    claim, panel, quantity : str
        The claim in one sentence, the poster's panel, and what was measured.
    value, tolerance : float
        The claim holds when the value is at most the tolerance.
    gap : float, optional
        Largest relative gap of the fits behind the value.

    Returns
    -------
    dict
    """
    return dict(
        claim=claim,
        panel=panel,
        quantity=quantity,
        value=float(value),
        tolerance=float(tolerance),
        gap=gap,
        verdict="holds" if value <= tolerance else "fails",
    )


def failures(rows):
    """One line for each row that does not hold."""
    return [f"claim fails: {row}" for row in rows if row["verdict"] != "holds"]
