"""Figure `one_program`: figure `averaging` with one program tuned on the gates of all draws."""

from fixing_ntk.results.beyond.averaging.figure import draw

__all__ = ["draw"]
