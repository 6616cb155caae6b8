"""Clarabel: the conic backend that needs no licence."""

import numpy as np
import scipy.sparse as sp

from fixing_ntk.solvers.conic_program import Result

SUPERNODAL_ABOVE = 1_000_000  # nonzeros of A: below, QDLDL is faster than Faer
SHORT_STEPS = 1e-3, 1e-8  # step lengths at which Clarabel changes its scaling, and stops


def solve(program, tol, max_iter):
    """Solve a `ConicProgram` on one thread, silently.

    Parameters
    ----------
    program : ConicProgram
    tol : float
        For the gap, absolute and relative, and for feasibility.
    max_iter : int

    Returns
    -------
    Result
        The last iterate whatever the status: callers certify it themselves.
    """
    import clarabel

    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.max_threads = 1
    settings.max_iter = int(max_iter)
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = float(tol)
    settings.direct_solve_method = "auto" if program.A.nnz > SUPERNODAL_ABOVE else "qdldl"
    if any(kind == "power" for kind, *_ in program.cones):
        # By default Clarabel gives up at the short steps that power cones need.
        settings.min_switch_step_length, settings.min_terminate_step_length = SHORT_STEPS
    cone = {
        "nonneg": clarabel.NonnegativeConeT,
        "soc": clarabel.SecondOrderConeT,
        "power": lambda size, alpha: clarabel.PowerConeT(alpha),
    }
    N = len(program.c)
    solver = clarabel.DefaultSolver(
        sp.csc_matrix((N, N)),
        program.c,
        sp.csc_matrix(program.A),
        program.b,
        [cone[kind](*args) for kind, *args in program.cones],
        settings,
    )
    answer = solver.solve()
    return Result(np.array(answer.x), np.array(answer.z), answer.iterations, str(answer.status))
