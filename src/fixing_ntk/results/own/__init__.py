"""Results on a table of the user's own: `fixing-ntk run` computes them."""
