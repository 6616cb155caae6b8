"""What the workflow needs: configuration, dependencies, resources and logs of jobs, manifest."""
