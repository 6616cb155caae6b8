"""Results beyond the paper: `make beyond` computes them together with the paper's."""
