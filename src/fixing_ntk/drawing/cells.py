"""Cells of tables and numbers of notes as text."""

import numpy as np


def described(name, values):
    """Mean of draws and its standard error."""
    return {name: values.mean(), f"{name}_se": values.std(ddof=1) / np.sqrt(len(values))}


def with_errors(raw, name, scale, form):
    """Mean ± standard error as text."""
    return [
        f"{mean:{form}} ± {error:.1g}" if error < 10 else f"{mean:.0f} ± {error:.0f}"
        for mean, error in scale * raw[[name, f"{name}_se"]].to_numpy()
    ]


def number(fact, form):
    """A fact in a format, or "nan" where there is none."""
    return "nan" if fact is None else format(fact, form)


def tally(count):
    """Counts of `statistics.wins_ties_losses` as wins/ties/losses."""
    return f"{count['wins']}/{count['ties']}/{count['losses']}"
