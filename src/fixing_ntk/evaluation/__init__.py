"""Judging results: records and claims, comparisons of methods, rates, agreement with other runs.

Its modules are what others use; none is loaded before it is asked for. Nor is `scipy.stats`, which
figures need not wait for.
"""

__all__ = ["claims", "comparisons", "ranks", "rates", "records", "verify"]
