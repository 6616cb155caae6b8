"""Time our solvers and other packages' to equal certified gaps, on a panel of instances."""
