"""Table `claims_extended`: that of `claims`, of the results that take hours."""

from fixing_ntk.results.paper.claims.table import LATEX_COLUMNS, claims, notes

__all__ = ["LATEX_COLUMNS", "claims_extended", "notes"]


def claims_extended(rows):
    """Make the table; its rows are those of `claims`."""
    return claims(rows)
