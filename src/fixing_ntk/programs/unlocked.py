"""SciPy's BLAS and LAPACK in one precision, by routine; they let other threads run.

The functions of `scipy.linalg.blas` and `scipy.linalg.lapack` keep the interpreter's lock, so that
solves in threads of their own take turns. Those that solvers spend their time in are called at the
addresses that SciPy gives to compiled code (`scipy.linalg.cython_blas` and `cython_lapack`), by
ctypes, which lets the lock go: the same code of the same library, hence the same bits. A call costs
microseconds more that way, so small ones, and all where no other thread is, stay SciPy's own.
"""

import ctypes
import threading
from types import SimpleNamespace

import numpy as np
from scipy.linalg import blas, cython_blas, cython_lapack, lapack

WORTH_UNLOCKING = 1e6  # multiplications of a call: a tenth of a millisecond


def routines(dtype):
    """Routines in one precision, with the names and arguments that SciPy's have.

    Parameters
    ----------
    dtype : dtype
        float32 or float64, of all arrays; those in Fortran order are not copied.

    Returns
    -------
    types.SimpleNamespace
        ``gemm``, ``gemv``, ``syrk``, ``trsv``, ``potrf``, ``potrs`` and ``trtrs``. A factor's other
        triangle is as it was (SciPy's ``clean=0``).
    """
    return _SINGLE if dtype == np.float32 else _DOUBLE


# Shapes that do not fit are left to SciPy's, which check them.


def _gemm(small, large, dtype):
    def gemm(alpha, a, b, trans_a=0, trans_b=0):
        (m, k), (rows, n) = (a.T if trans_a else a).shape, (b.T if trans_b else b).shape
        if not _worth(m * n * k) or rows != k:
            return small(alpha, a, b, trans_a=trans_a, trans_b=trans_b)
        c = np.empty((m, n), dtype, order="F")
        a, b = np.asfortranarray(a, dtype), np.asfortranarray(b, dtype)
        large(_trans(trans_a), _trans(trans_b), m, n, k, float(alpha), a, b, 0.0, c)
        return c

    return gemm


def _syrk(small, large, dtype):
    def syrk(alpha, a, beta=0.0, c=None, trans=0, lower=0, overwrite_c=0):
        n, k = (a.T if trans else a).shape
        if not _worth(n * n * k) or (c is not None and c.shape != (n, n)):
            given = {} if c is None else {"c": c}
            return small(alpha, a, beta, trans=trans, lower=lower, overwrite_c=overwrite_c, **given)
        c = np.zeros((n, n), dtype, order="F") if c is None else _output(c, dtype, overwrite_c)
        a = np.asfortranarray(a, dtype)
        large(_uplo(lower), _trans(trans), n, k, float(alpha), a, float(beta), c)
        return c

    return syrk


def _potrf(small, large, dtype):
    def potrf(a, lower=0, overwrite_a=0):
        n = len(a)
        if not _worth(n**3) or a.shape != (n, n):
            return small(a, lower=lower, overwrite_a=overwrite_a, clean=0)
        a = _output(a, dtype, overwrite_a)
        return a, large(_uplo(lower), n, a)

    return potrf


def _trtrs(small, large, dtype):
    def trtrs(a, b, lower=0, overwrite_b=0):
        n = len(a)
        if not _worth(b.size * n) or a.shape != (n, n) or b.shape != (n, b.size // n):
            return small(a, b, lower=lower, overwrite_b=overwrite_b)
        a, b = np.asfortranarray(a, dtype), _output(b, dtype, overwrite_b)
        return b, large(_uplo(lower), b"N", b"N", n, b.shape[1], a, b)

    return trtrs


def _worth(multiplications):
    return multiplications >= WORTH_UNLOCKING and threading.active_count() > 1


def _output(a, dtype, overwrite):
    return np.array(a, dtype, order="F", copy=None if overwrite else True)


def _trans(flag):
    return b"T" if flag else b"N"


def _uplo(lower):
    return b"L" if lower else b"U"


def _python(name, result, *arguments):  # of our own: `ctypes.pythonapi.NAME` is everybody's
    return ctypes.PYFUNCTYPE(result, *arguments)((name, ctypes.pythonapi))


_name_of = _python("PyCapsule_GetName", ctypes.c_char_p, ctypes.py_object)
_address_of = _python("PyCapsule_GetPointer", ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)


def _unlocked(module, name, real):
    """A routine of numbers, letters and matrices, each followed by its leading dimension."""
    capsule = module.__pyx_capi__[name]
    signature = _name_of(capsule)  # as in C: "void (char *, int *, ...)"
    integer = ctypes.c_int if b" int *" in signature else ctypes.c_int64
    pointers = [ctypes.c_void_p] * (signature.count(b",") + 1)
    routine = ctypes.CFUNCTYPE(None, *pointers)(_address_of(capsule, signature))

    def call(*arguments):
        passed = []
        for argument in arguments:
            if isinstance(argument, np.ndarray):
                passed += [argument.ctypes.data, ctypes.byref(integer(argument.shape[0]))]
            elif isinstance(argument, bytes):
                passed.append(argument)
            else:
                number = integer if isinstance(argument, int) else real
                passed.append(ctypes.byref(number(argument)))
        info = integer(0)
        if module is cython_lapack:
            passed.append(ctypes.byref(info))
        routine(*passed)
        return info.value

    return call


def _precision(prefix, dtype, real):
    def both(name, module, compiled):
        return getattr(module, prefix + name), _unlocked(compiled, prefix + name, real), dtype

    return SimpleNamespace(
        gemm=_gemm(*both("gemm", blas, cython_blas)),
        syrk=_syrk(*both("syrk", blas, cython_blas)),
        potrf=_potrf(*both("potrf", lapack, cython_lapack)),
        trtrs=_trtrs(*both("trtrs", lapack, cython_lapack)),
        gemv=getattr(blas, prefix + "gemv"),
        trsv=getattr(blas, prefix + "trsv"),
        potrs=getattr(lapack, prefix + "potrs"),
    )


_SINGLE = _precision("s", np.float32, ctypes.c_float)
_DOUBLE = _precision("d", np.float64, ctypes.c_double)
