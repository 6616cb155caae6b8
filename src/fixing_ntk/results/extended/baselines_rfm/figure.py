"""Figure `baselines_rfm`: average ranks with those of recursive feature machines."""

from fixing_ntk.results.beyond.baselines.figure import draw

__all__ = ["draw"]
