"""Memory and time that a job requests from a cluster at its first attempt.

The requests are rough: at least twice what the jobs of the paper's run took on a machine of two
cores. A job that is killed for time or memory is repeated with twice the request, then with three
times.
"""

import math

BASE_MB = 900  # Snakemake's two processes, srun, the interpreter and its libraries
START_S = 20  # seconds for these to start

# Seconds of one split: a constant, and the factors of n^2 and of n d p. A rule that is not listed
# requests as much as `fit_mkl`.
LONGEST = 2.0, 2e-5, 2e-7
SECONDS = {
    "sample_masks": (0.2, 0.0, 2e-9),
    "fit_ntk": (0.5, 3e-6, 0.0),
    "fit_mkl": LONGEST,
    "fit_averaged": (10.0, 1e-4, 2e-7),  # p counts the gates of all draws
    "fit_exponents": (10.0, 5e-5, 1e-6),  # fits seven programs
    "fit_losses": (10.0, 5e-5, 1e-6),
    "fit_draws": (0.5, 3e-6, 1e-8),
    "fit_baselines": (3.0, 6e-6, 0.0),
    "fit_rfm": (5.0, 2e-5, 0.0),
    # Cross-validated training, and two ReLU programs.
    "fit_networks": (120.0, 5e-3, 1e-4),
    "compare_solvers": (150.0, 1e-6, 0.0),  # on three sets the slow solvers run, too
}

# Results that draw their own data. These need more than the usual minutes or memory.
COMPUTATION_MINUTES = 2
LONG = {
    "gate_choice": 60,
    "linearization": 5,
    "nonconvex_gap": 5,
    "prediction_error": 3,
    "when_it_pays": 45,
}
LARGE = {"when_it_pays": 1700}


def fit_mb(n, d, p):
    """Return the memory in MB that the job of a fit requests at its first attempt.

    Parameters
    ----------
    n, d, p : int
        Rows and features of the dataset, and gates, over all draws that the job has at once.

    Returns
    -------
    int
        `BASE_MB`, and room for about eight n by n matrices of float64, 130 copies of the features,
        and five n by p matrices.
    """
    return math.ceil(BASE_MB + 6e-5 * n**2 + 1e-3 * n * d + 4e-5 * n * p)


def fit_minutes(rule, n, d, p, splits=1):
    """Return the minutes that the job of a rule's fits requests at its first attempt.

    Parameters
    ----------
    rule : str
        Name of the rule. One that is not in `SECONDS` counts as ``fit_mkl``.
    n, d, p : int
        Rows and features of the dataset, and gates.
    splits : int
        Number of splits that the job fits, one after another.

    Returns
    -------
    int
        Rounded up, with the time to start, `START_S`.
    """
    constant, quadratic, product = SECONDS.get(rule, LONGEST)
    seconds = constant + quadratic * n**2 + product * n * d * p
    return math.ceil((START_S + splits * seconds) / 60)


def computation_mb(result):
    """Return the memory in MB that the job which computes a result requests at its first attempt.

    ``result`` is the result's name. The memory is `BASE_MB` unless `LARGE` has the name.
    """
    return LARGE.get(result, BASE_MB)


def computation_minutes(result):
    """Return the minutes that the job which computes a result requests at its first attempt.

    ``result`` is the result's name. There are `COMPUTATION_MINUTES` unless `LONG` has the name.
    """
    return LONG.get(result, COMPUTATION_MINUTES)
