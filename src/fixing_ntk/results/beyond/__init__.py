"""Results beyond the paper: `make beyond` regenerates them with the paper's."""
