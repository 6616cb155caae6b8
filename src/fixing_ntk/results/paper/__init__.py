"""Results of the paper and its poster: `make paper` computes them."""
