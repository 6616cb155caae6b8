"""Times to equal certified gaps, ours and other packages' solvers, on a panel of instances."""
