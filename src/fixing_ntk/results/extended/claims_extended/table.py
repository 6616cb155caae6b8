"""Table `claims_extended`: the claims of the results that take hours, as in table `claims`."""

from fixing_ntk.results.paper.claims.table import LATEX_COLUMNS, claims, notes

__all__ = ["LATEX_COLUMNS", "claims_extended", "notes"]


def claims_extended(rows):
    """Make the table; rows have the columns of the table `claims`."""
    return claims(rows)
