"""MOSEK, through its optimizer API: affine conic constraints ``F x + g in K``, F = -A, g = b.

MOSEK's dual of ``min c^T x, F x + g in K`` is ``max -g^T y, F^T y = c, y in K*`` (its manual,
section "Conic Optimization"). With F = -A and g = b that is ``A^T y + c = 0``, so y (its ``doty``)
is the z of `conic_program` with the same sign.

Building and writing a model need no licence; only `solve` does, and it has been tested without
one only up to the call of the optimizer. With a licence, ``pytest tests/unit/test_conic.py -k
licensed`` confirms the rest: optimality conditions, sign of z, and the objective against Clarabel.
"""

from functools import cache

import numpy as np

from fixing_ntk.solvers.conic_program import Result


@cache
def licence():
    """Return why MOSEK cannot run here, as text, or None if it can.

    A trivial solve finds out, once in a process.
    """
    try:
        import mosek
    except ImportError:
        return "the mosek package is not installed"
    with mosek.Env() as env:
        try:
            with env.Task() as task:
                task.appendvars(1)
                task.putvarbound(0, mosek.boundkey.lo, 0.0, 0.0)
                task.optimize()
        except mosek.Error as error:
            code = error.errno
            return f"no MOSEK licence: error {int(code)}, {str(code).removeprefix('rescode.')}"
        finally:
            env.checkinall()
    return None


def build(program, env=None):
    """State a `ConicProgram` as a MOSEK task.

    Parameters
    ----------
    program : ConicProgram
    env : mosek.Env, optional
        The global environment if not given.

    Returns
    -------
    mosek.Task
        The caller's to close; ``task.writedata("model.ptf")`` writes it for reading.
    """
    import mosek

    task = mosek.Task() if env is None else env.Task()
    m, N = program.A.shape
    task.appendvars(N)
    task.putvarboundsliceconst(0, N, mosek.boundkey.fr, 0.0, 0.0)
    task.putclist(np.arange(N, dtype=np.int32), program.c)
    task.putobjsense(mosek.objsense.minimize)
    task.appendafes(m)
    F = program.A.tocoo()
    task.putafefentrylist(F.row.astype(np.int64), F.col.astype(np.int32), -F.data)
    task.putafeglist(np.arange(m, dtype=np.int64), program.b)
    new_domain = {
        "nonneg": task.appendrplusdomain,
        "soc": task.appendquadraticconedomain,
        "power": lambda size, alpha: task.appendprimalpowerconedomain(size, [alpha, 1.0 - alpha]),
    }
    domain = {cone: new_domain[cone[0]](*cone[1:]) for cone in dict.fromkeys(program.cones)}
    first = 0
    for cone in program.cones:
        task.appendaccseq(domain[cone], first, None)
        first += cone[1]
    return task


def solve(program, tol, max_iter):
    """Solve a `ConicProgram` on one thread by interior point, then return the licence.

    Parameters
    ----------
    program : ConicProgram
    tol : float
        For the relative gap and for primal and dual feasibility.
    max_iter : int

    Returns
    -------
    Result
        The last iterate whatever the status: callers certify it themselves.

    Raises
    ------
    mosek.Error
        Without a licence (see `licence`), or if MOSEK fails and leaves no iterate.
    """
    import mosek

    itr = mosek.soltype.itr
    with mosek.Env() as env, build(program, env) as task:
        task.putintparam(mosek.iparam.num_threads, 1)
        task.putintparam(mosek.iparam.intpnt_max_iterations, int(max_iter))
        for name in ("rel_gap", "pfeas", "dfeas"):
            task.putdouparam(getattr(mosek.dparam, f"intpnt_co_tol_{name}"), float(tol))
        try:
            task.optimize()
        finally:
            env.checkinall()
        return Result(
            x=np.array(task.getxx(itr)),
            z=np.array(task.getaccdotys(itr)),
            n_iter=task.getintinf(mosek.iinfitem.intpnt_iter),
            status=str(task.getsolsta(itr)).removeprefix("solsta."),
        )
