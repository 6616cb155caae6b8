"""How methods are fitted and tuned, the records of their fits, and statistics over them."""
