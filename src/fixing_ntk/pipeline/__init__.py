"""Serving the pipeline: configuration, dependencies, resources and logs of jobs, the manifest."""
