"""Networks: the ReLU program, gated networks as ReLU networks, and non-convex training."""

from fixing_ntk.networks.decomposition import decompose, to_relu
from fixing_ntk.networks.relu import network_objective, network_output, solve_relu, to_network
from fixing_ntk.networks.training import objective_and_gradient, train

__all__ = [
    "decompose",
    "network_objective",
    "network_output",
    "objective_and_gradient",
    "solve_relu",
    "to_network",
    "to_relu",
    "train",
]
