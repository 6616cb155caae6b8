"""Table `mask_count`: objective and test error by the number of sampled gates."""

import numpy as np
import pandas as pd

from fixing_ntk.drawing.cells import described, with_errors


def mask_count(data):
    """Rows of every rank and number of gates; returns as `drawing.tables` says.

    Parameters
    ----------
    data : mapping
        Of `experiments.mask_count.mask_count`.
    """
    raw = pd.DataFrame(
        [
            dict(
                rank=rank,
                arrangements=data["arrangements"][i],
                gates=gates,
                masks=data["masks"][i, j].mean(),
                **described("above", data["above"][i, j]),
                above_median=np.median(data["above"][i, j]),
                **described("test", data["test"][i, j]),
                **described("tuned", data["tuned"][i, j]),
                test_all=data["reference"][i],
                tuned_all=data["reference_tuned"][i],
            )
            for i, rank in enumerate(data["rank"])
            for j, gates in enumerate(data["gates"])
        ]
    )
    raw["gap"] = float(data["gap"])
    printed = pd.DataFrame(
        {
            "rank": raw["rank"],
            "gates": [f"{g:,}" for g in raw.gates],
            "masks, mean": [
                f"{m:.1f} of {p:,}" for m, p in zip(raw.masks, raw.arrangements, strict=True)
            ],
            "above the optimum, %, mean": with_errors(raw, "above", 100, ".3g"),
            "median": [f"{100 * a:.3g}" for a in raw.above_median],
            "test error, one λ": with_errors(raw, "test", 1, ".3g"),
            "λ tuned": with_errors(raw, "tuned", 1, ".3g"),
        }
    )
    beside = "; ".join(
        f"rank {rank}: {one:.3g} at one λ, {tuned:.3g} with λ tuned"
        for rank, one, tuned in zip(
            data["rank"], data["reference"], data["reference_tuned"], strict=True
        )
    )
    notes = [
        f"Over {data['above'].shape[2]} draws of gates, ± one standard error. Above the optimum "
        "over all arrangements, relative to it, at one λ for every number of gates. Test error: "
        "mean squared, over that of zero; tuned: at the λ that is best on as many other test "
        "points.",
        f"Test errors of all masks: {beside}.",
        f"Largest relative duality gap behind this table: {raw.gap.max():.1e}.",
    ]
    return raw, printed, notes
