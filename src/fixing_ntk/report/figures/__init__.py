"""One module a figure, each with ``draw(data) -> matplotlib.figure.Figure``."""
