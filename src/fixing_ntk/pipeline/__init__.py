"""Serving the pipeline: configuration, what depends on what, logs, memory, the manifest of a run.

Its modules are what others use; none is loaded before it is asked for.
"""

__all__ = ["config", "config_reference", "dependencies", "logs", "memory", "provenance", "runtime"]
