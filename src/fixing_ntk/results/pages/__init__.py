"""Pages that are made: the overview of a run; outputs, settings and findings of the docs."""
