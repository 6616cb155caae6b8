"""Generated pages: the overview of a run; pages of the docs on outputs, settings and findings."""
