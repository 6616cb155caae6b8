"""What the pipeline computes: each experiment a function from data to arrays or records."""
