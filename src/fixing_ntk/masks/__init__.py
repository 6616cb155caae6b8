"""Masks of gated ReLU units: sampled, enumerated, regenerated, stored; measures of their cones."""

from fixing_ntk.masks.arrangements import arrangement_gates, cover_count
from fixing_ntk.masks.base import Masks, shares
from fixing_ntk.masks.cone_measures_exact import EXACT_RANK
from fixing_ntk.masks.cone_measures_sampled import sampled_measures
from fixing_ntk.masks.gated_network import predict
from fixing_ntk.masks.gates_in_cones import redraw_gates
from fixing_ntk.masks.mask_set import BLOCK_BYTES, MaskSet
from fixing_ntk.masks.regenerated import RegeneratedMasks
from fixing_ntk.masks.storage import load_masks, read_masks, save_masks
from fixing_ntk.masks.union import averaged_weights, union

__all__ = [
    "BLOCK_BYTES",
    "EXACT_RANK",
    "MaskSet",
    "Masks",
    "RegeneratedMasks",
    "arrangement_gates",
    "averaged_weights",
    "cover_count",
    "load_masks",
    "predict",
    "read_masks",
    "redraw_gates",
    "sampled_measures",
    "save_masks",
    "shares",
    "union",
]
