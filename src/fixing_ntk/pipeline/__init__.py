"""Serving the pipeline: configuration, dependencies, resources and logs of jobs, the manifest.

Its modules are what others use; none is loaded before it is asked for.
"""

__all__ = [
    "config",
    "config_reference",
    "cpu_time",
    "dependencies",
    "logs",
    "peak_memory",
    "provenance",
    "resources",
    "runs",
]
