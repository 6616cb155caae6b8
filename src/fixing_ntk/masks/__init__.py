"""The masks of gated ReLU units: sampled, enumerated, streamed, stored; measures of their cones."""

from fixing_ntk.masks.arrangements import arrangement_gates, cover_count
from fixing_ntk.masks.base import Masks, predict, shares
from fixing_ntk.masks.great_circles import sampled_measures
from fixing_ntk.masks.mask_set import BLOCK_BYTES, MaskSet
from fixing_ntk.masks.measures import EXACT_RANK
from fixing_ntk.masks.storage import load_masks, read_masks, save_masks

__all__ = [
    "BLOCK_BYTES",
    "EXACT_RANK",
    "MaskSet",
    "Masks",
    "arrangement_gates",
    "cover_count",
    "load_masks",
    "predict",
    "read_masks",
    "sampled_measures",
    "save_masks",
    "shares",
]
