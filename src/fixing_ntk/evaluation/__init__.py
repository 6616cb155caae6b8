"""Judging results: records and claims, comparisons of methods, rates, agreement with other runs.

Its modules are what others use; none is loaded before it is asked for, and `scipy.stats` not before
something is tested or resampled.
"""

__all__ = ["claims", "comparisons", "ranks", "rates", "records", "verify"]
