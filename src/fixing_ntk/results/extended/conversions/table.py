"""Table `conversions`: gated optimum, ReLU optimum and converted network on every dataset."""

from fixing_ntk.results.paper.gated_to_relu.table import gated_to_relu, notes

__all__ = ["conversions", "notes"]


def conversions(data):
    """Return the `Table` of gated optimum, ReLU optimum and converted network, dataset by dataset.

    Parameters
    ----------
    data : mapping
        Arrays of `conversions.compute`.
    """
    return gated_to_relu(data)
