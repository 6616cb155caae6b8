"""Table `claims_extended`: the claims of the results that take hours, as in table `claims`."""

from fixing_ntk.results.paper.claims.table import LATEX_COLUMNS, claims, notes

__all__ = ["LATEX_COLUMNS", "claims_extended", "notes"]


def claims_extended(rows):
    """Return the `Table` of claims of the results that take hours, as `claims` makes it.

    ``rows`` is a frame of the CSV files that `claim_kinds.write` makes.
    """
    return claims(rows)
