"""What is regenerated, a folder for each result, by kind; see `declaration`."""
