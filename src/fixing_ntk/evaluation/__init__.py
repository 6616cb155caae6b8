"""Judging results: claims, rates, the map's cells, agreement with other runs."""

__all__ = ["claims", "contest", "rates", "verify"]
