def conic(design, y, lam, tol, start=None, max_iter=200, backend="auto"):
    raise NotImplementedError
