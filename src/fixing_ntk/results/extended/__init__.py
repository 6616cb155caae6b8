"""Results that take hours: `make extended` computes them together with all others."""
