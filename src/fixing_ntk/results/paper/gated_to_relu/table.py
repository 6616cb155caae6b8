"""Table `gated_to_relu`: gated optimum, ReLU optimum and converted network on every problem."""

import pandas as pd

NETWORKS = ("gated", "relu", "converted")


def gated_to_relu(data):
    """Rows of every problem; returns as `drawing.tables` says.

    Parameters
    ----------
    data : mapping
        Of `experiments.gated_to_relu.gated_to_relu`.
    """
    columns = {
        f"{network}_{name}": data[key][:, k]
        for name, key in (("objective", "objectives"), ("gap", "gaps"), ("test", "test_errors"))
        for k, network in enumerate(NETWORKS)
    }
    raw = pd.DataFrame(
        {"problem": data["names"], "n_over_d": data["n_over_d"]}
        | columns
        | {"growth": data["growth"], "difference": data["difference"]}
        | {"violation": data["violation"]}
    )
    raw["above_relu"] = raw.converted_objective / raw.relu_objective - 1.0

    def three(name, form):
        return [
            ", ".join(format(value, form) for value in row)
            for row in raw[[f"{network}_{name}" for network in NETWORKS]].to_numpy()
        ]

    printed = pd.DataFrame(
        {
            "problem": raw.problem,
            "n / d": [f"{ratio:.3g}" for ratio in raw.n_over_d],
            "objective over ½‖y‖²: gated, ReLU, converted": three("objective", ".3f"),
            "converted above ReLU, %": [f"{100 * above:.3g}" for above in raw.above_relu],
            "its own gap": [f"{gap:.2g}" for gap in raw.converted_gap],
            "test error: gated, ReLU, converted": three("test", ".3f"),
            "norms, converted / gated": [f"{growth:.3g}" for growth in raw.growth],
        }
    )
    notes = [
        "Test error: squared, over that of the zero function. Its own gap: what the converted "
        "network's dual certifies, the distance to the ReLU optimum at most.",
        "Training predictions of the converted network are the gated one's up to "
        f"{raw.difference.max():.1e}; its weights lie in their cones up to "
        f"{raw.violation.max():.1e}.",
        "Largest relative duality gap of the optima behind this table: "
        f"{raw[['gated_gap', 'relu_gap']].max().max():.1e}.",
    ]
    return raw, printed, notes
