"""The ReLU program: its solvers, its network, gated networks as ReLU networks, and training."""

from fixing_ntk.relu.conversion import decompose, to_relu
from fixing_ntk.relu.irls import relu_iterates
from fixing_ntk.relu.solve import network_objective, network_output, solve_relu, to_network
from fixing_ntk.relu.training import objective_and_gradient, train

__all__ = [
    "decompose",
    "network_objective",
    "network_output",
    "objective_and_gradient",
    "relu_iterates",
    "solve_relu",
    "to_network",
    "to_relu",
    "train",
]
