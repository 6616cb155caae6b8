"""Results, that is figures, tables and claims: a folder for each, by kind; see `declaration`."""
