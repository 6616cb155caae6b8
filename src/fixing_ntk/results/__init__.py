"""The results: a folder for each, by kind; see `declaration`."""
