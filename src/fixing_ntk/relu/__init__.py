"""ReLU networks: the convex program, conversion from gated networks, and non-convex training."""

from fixing_ntk.relu.certificate import certify
from fixing_ntk.relu.conversion import decompose, to_relu
from fixing_ntk.relu.irls import relu_iterates
from fixing_ntk.relu.network import network_objective, network_output, to_network
from fixing_ntk.relu.solve import solve_relu, solve_relu_path, solve_relu_paths
from fixing_ntk.relu.training import objective_and_gradient, train

__all__ = [
    "certify",
    "decompose",
    "network_objective",
    "network_output",
    "objective_and_gradient",
    "relu_iterates",
    "solve_relu",
    "solve_relu_path",
    "solve_relu_paths",
    "to_network",
    "to_relu",
    "train",
]
