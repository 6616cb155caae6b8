"""Table `claims`: every claim, panel by panel, with the number that checks it."""

import json

import pandas as pd

from fixing_ntk.drawing.tables import Table, gap_note
from fixing_ntk.results.claim_kinds import FINDING, HOLDS, PANELS, REPORTED, THEOREM

LATEX_COLUMNS = "".join(rf"p{{{share}\linewidth}}" for share in (0.2, 0.1))
LATEX_COLUMNS += r"lp{0.22\linewidth}rrp{0.1\linewidth}rlp{0.14\linewidth}"


def claims(rows):
    """Return the `Table` of claims, a row for each checked quantity, panel by panel.

    ``rows`` is a frame of the CSV files that `claim_kinds.write` makes. The table's own CSV file
    has the same columns, but for ``facts``.

    Raises
    ------
    ValueError
        If two rows have a fact of the same name, or a row has a fact with the name of a key of
        `facts`. The message has the name.
    """
    rows = rows.sort_values("panel", key=lambda column: column.map(PANELS.index), kind="stable")
    printed = pd.DataFrame(
        {
            "claim": rows.claim,
            "poster panel": rows.panel,
            "kind": rows.kind,
            "quantity": rows.quantity,
            "value": [
                f"{v:.4g}" if kind == REPORTED else f"{v:.2e}"
                for v, kind in zip(rows.value, rows.kind, strict=True)
            ],
            "tolerance, or reported": [f"{t:.3g}" for t in rows.tolerance],
            "reason of the tolerance": rows.reason.fillna(""),
            "gap": ["no fit" if pd.isna(g) else f"{g:.0e}" for g in rows.gap],
            "verdict": rows.verdict,
            "recomputed by": [f"`{command}`" for command in rows.command],
        }
    )
    return Table.noted(rows.drop(columns="facts"), printed, facts(rows), notes)


def facts(rows):
    """Return, as a dict, counts of claims by kind, numbers of the paper, and facts of single rows.

    ``rows`` is as for `claims`; the key ``rows`` is their number, and ``gap`` their largest gap. A
    claim may have several rows, and holds if all of them do. ``theorems``, ``findings`` and
    ``held`` count theorems, findings, and findings that hold; ``not_held`` names the other
    findings. ``reported`` lists, for each number that the paper states, the quantity, the value
    that was ``found``, the ``paper``'s number, and the verdict; ``reproduced`` counts those that
    were reproduced. The facts that a row carries as JSON are added under their own names.

    Raises
    ------
    ValueError
        If two rows have a fact of the same name, or a row has a fact with the name of a key above.
    """
    holds = rows.verdict.isin(HOLDS).groupby([rows.kind, rows.claim], sort=False).all()
    reported = rows[rows.kind == REPORTED]
    findings = holds[FINDING] if FINDING in holds else holds[:0]
    found = dict(
        rows=len(rows),
        theorems=len(holds[THEOREM]) if THEOREM in holds else 0,
        findings=len(findings),
        held=findings.sum(),
        not_held=[*findings.index[~findings.astype(bool)]],
        reported=[
            dict(quantity=row.quantity, found=row.value, paper=row.tolerance, verdict=row.verdict)
            for row in reported.itertuples()
        ],
        reproduced=(reported.verdict.isin(HOLDS)).sum(),
        gap=rows.gap.max(),
    )
    for left in map(json.loads, rows.facts):
        if twice := found.keys() & left.keys():
            raise ValueError(f"two claims leave the fact {', '.join(sorted(twice))}")
        found |= left
    return found


def notes(facts):
    """Return the sentences under the table, a list of str, from the dict that `facts` returns."""
    said = "; ".join(
        f"{row['quantity']}: {row['found']:.4g} against {row['paper']:g}, {row['verdict']}"
        for row in facts["reported"]
    )
    not_held = "; ".join(facts["not_held"])
    return [
        f"{facts['rows']} rows; a claim may have several, and holds when all of them do. Gap: of "
        "the fits behind the row.",
        f"Theorems ({facts['theorems']} claims) hold whatever the data, so their rows check the "
        "code: one that fails stops the run. A row holds when its value is at most its tolerance.",
        f"Findings ({facts['findings']} claims) could have come out otherwise; {facts['held']} "
        "hold" + (f". Not: {not_held}." if not_held else ", none fails."),
        f"Reported ({len(facts['reported'])} rows): a number that the paper states, reproduced "
        f"when the value is at least that number. Reproduced: {facts['reproduced']}."
        + (f" Found: {said}." if said else ""),
        gap_note(facts),
    ]
