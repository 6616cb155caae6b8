"""Networks: the ReLU program and the network of its solution, and non-convex training."""

from fixing_ntk.networks.relu import network_objective, network_output, solve_relu, to_network
from fixing_ntk.networks.training import objective_and_gradient, train

__all__ = [
    "network_objective",
    "network_output",
    "objective_and_gradient",
    "solve_relu",
    "to_network",
    "train",
]
