"""Job logs."""

import logging


def log_to(path):
    """Send log messages and warnings of this process to a file; errors still reach the terminal."""
    logging.basicConfig(filename=path, filemode="w", level=logging.INFO, format="%(message)s")
    logging.captureWarnings(True)
