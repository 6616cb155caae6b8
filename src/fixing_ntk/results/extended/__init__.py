"""Results that take hours: `make extended` regenerates them with all others."""
