"""Table `wins_by_lambda`: MKL against NTK at the same penalty, over a grid of penalties."""

import pandas as pd

from fixing_ntk.drawing.tables import failure_notes


def wins_by_lambda(by_lambda, failed=None):
    """Rows of the table; returns as `drawing.tables` says."""
    names = {"ntk_sampled": "NTK, sampled gates", "ntk": "NTK, closed form"}
    printed = pd.DataFrame(
        {
            "λ/λ_max": [f"{r:g}" for r in by_lambda.ratio],
            "MKL against": by_lambda.against.map(names),
            "wins": by_lambda.wins,
            "ties": by_lambda.ties,
            "losses": by_lambda.losses,
            "mean difference, points": [
                f"{100 * m:+.2f} ± {100 * s:.2f}"
                for m, s in zip(by_lambda.mean_difference, by_lambda.standard_error, strict=True)
            ],
            "gap": [f"{g:.0e}" for g in by_lambda.gap],
        }
    )
    notes = [
        "One λ for both: NTK is the first iteration of IRLS and MKL its limit. "
        "± is one standard error over datasets.",
        f"Largest relative duality gap behind this table: {by_lambda.gap.max():.1e}.",
    ]
    return by_lambda, printed, notes + failure_notes(failed)
