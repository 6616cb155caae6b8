"""Table `claims`: every claim, panel by panel, with the number that checks it."""

import pandas as pd

from fixing_ntk.results.claim_rows import PANELS, THEOREM

LATEX_COLUMNS = "".join(rf"p{{{share}\linewidth}}" for share in (0.2, 0.1))
LATEX_COLUMNS += r"lp{0.28\linewidth}rrrlp{0.18\linewidth}"


def claims(rows):
    """Rows of the table of claims, panel by panel; returns as `drawing.tables` says."""
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
    theorems = (rows.kind == THEOREM).sum()
    notes = [
        f"{(rows.verdict == 'holds').sum()} of {len(rows)} rows hold. A row holds when its value "
        "is at most its tolerance; gap: of the fits behind it.",
        f"Theorem ({theorems} rows): holds whatever the data, so the row checks the code. Finding "
        f"({len(rows) - theorems}): could have come out otherwise.",
        f"Largest relative duality gap behind this table: {rows.gap.max():.1e}.",
    ]
    return rows, printed, notes
