"""Table `claims`: every claim, panel by panel, with the number that checks it."""

import json

import pandas as pd

from fixing_ntk.drawing.tables import Table, gap_note
from fixing_ntk.results.claim_rows import PANELS, THEOREM

LATEX_COLUMNS = "".join(rf"p{{{share}\linewidth}}" for share in (0.2, 0.1))
LATEX_COLUMNS += r"lp{0.28\linewidth}rrrlp{0.18\linewidth}"


def claims(rows):
    """Make the table from rows of `claim_rows`, panel by panel.

    Raises
    ------
    ValueError
        Naming a fact that two claims leave.
    """
    rows = rows.sort_values("panel", key=lambda column: column.map(PANELS.index), kind="stable")
    printed = pd.DataFrame(
        {
            "claim": rows.claim,
            "poster panel": rows.panel,
            "kind": rows.kind,
            "quantity": rows.quantity,
            "value": [f"{v:.2e}" for v in rows.value],
            "tolerance": [f"{t:.3g}" for t in rows.tolerance],
            "gap": ["no fit" if pd.isna(g) else f"{g:.0e}" for g in rows.gap],
            "verdict": rows.verdict,
            "recomputed by": [f"`{command}`" for command in rows.command],
        }
    )
    return Table.noted(rows.drop(columns="facts"), printed, facts(rows), notes)


def facts(rows):
    """Return how many claims hold, and what single claims leave for sentences."""
    theorems = (rows.kind == THEOREM).sum()
    found = dict(
        rows=len(rows),
        held=(rows.verdict == "holds").sum(),
        theorems=theorems,
        findings=len(rows) - theorems,
        gap=rows.gap.max(),
    )
    for left in map(json.loads, rows.facts):
        if twice := found.keys() & left.keys():
            raise ValueError(f"two claims leave the fact {', '.join(sorted(twice))}")
        found |= left
    return found


def notes(facts):
    """Write the sentences under the table."""
    return [
        f"{facts['held']} of {facts['rows']} rows hold. A row holds when its value "
        "is at most its tolerance; gap: of the fits behind it.",
        f"Theorem ({facts['theorems']} rows): holds whatever the data, so the row checks the code. "
        f"Finding ({facts['findings']}): could have come out otherwise.",
        gap_note(facts),
    ]
