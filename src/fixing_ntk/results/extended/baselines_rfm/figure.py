"""Figure `baselines_rfm`: average ranks, with recursive feature machines among the methods."""

from fixing_ntk.results.beyond.baselines.figure import draw

__all__ = ["draw"]
