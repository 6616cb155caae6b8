"""Table `gated_to_relu`: gated optimum, ReLU optimum and converted network on every problem."""

import pandas as pd

from fixing_ntk.drawing.tables import Table

NETWORKS = ("gated", "relu", "converted")


def gated_to_relu(data):
    """Return the `Table` of gated optimum, ReLU optimum and converted network, problem by problem.

    Parameters
    ----------
    data : mapping
        Arrays of `gated_to_relu.compute`, or of `conversions.compute`.
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
        """Return a list of str, the cell of each problem: three numbers separated by commas.

        The numbers are from the columns ``NETWORK_name`` of the networks in `NETWORKS`, such as
        "gated_test" for ``name`` "test". ``form`` is their format, such as ".3f".
        """
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
    return Table.noted(raw, printed, facts(raw, data["n_masks"], data["ratio"]), notes)


def facts(raw, n_masks, ratio):
    """Return, as a dict, the numbers on converted networks that notes and documentation state.

    ``raw`` has the rows of the CSV file, one for each problem, and all of them are used.
    ``n_masks``, the maximum number of sampled masks, and ``ratio``, the ``lam / lambda_max`` that
    all problems share, are only passed on, as ``masks`` and ``ratio``. ``datasets`` counts the
    problems without the teacher. Over these, ``over_optimum`` has the least and the largest ratio
    of the converted objective to the ReLU optimum, and ``growth`` the least and the largest growth
    of the sum of norms. ``difference`` and ``violation`` are the largest of all problems, and
    ``gap`` is the largest of the gated and the ReLU optima.
    """
    rows = raw[raw.problem != "teacher"]
    return dict(
        datasets=len(rows),
        masks=n_masks,
        ratio=ratio,
        over_optimum=[1.0 + rows.above_relu.min(), 1.0 + rows.above_relu.max()],
        growth=[rows.growth.min(), rows.growth.max()],
        difference=raw.difference.max(),
        violation=raw.violation.max(),
        gap=raw[["gated_gap", "relu_gap"]].max().max(),
    )


def notes(facts):
    """Return the sentences under the table, a list of str, from the dict that `facts` returns."""
    return [
        f"Each program is over the same sampled masks, {facts['masks']} at most, and at one "
        f"penalty, {facts['ratio']:g} λ_max. So the ReLU optimum is over a sample of all "
        "arrangements, and more masks could lower it.",
        "Test error: squared, over that of the zero function. Its own gap: what the converted "
        "network's dual certifies, the distance to the ReLU optimum at most.",
        "Training predictions of the converted network are the gated one's up to "
        f"{facts['difference']:.1e}; its weights lie in their cones up to "
        f"{facts['violation']:.1e}.",
        f"Largest relative duality gap of the optima behind this table: {facts['gap']:.1e}.",
    ]
