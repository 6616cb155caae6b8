"""ADMM start."""
import numpy as np
from scipy.linalg import cho_factor, cho_solve
from fixing_ntk.programs import UnpackedDesign

STEPS = 25
PENALTY = 300.0

def admm_weights(X, M, y, lam, steps=STEPS):
    A, d = UnpackedDesign(X, M), X.shape[1]
    sigma = np.where(M != 0, 1.0, -1.0)
    B = X * (np.sqrt(d) / np.linalg.norm(X))
    B0 = np.linalg.inv(np.eye(d) + B.T @ B)
    rho = PENALTY * lam**2 / (y @ y)
    K = (X @ B0 @ X.T) * (M.T @ M)
    K[np.diag_indices(len(K))] += rho
    L = cho_factor(K, lower=True)
    v, nu, s, mu = np.zeros((len(M), d)), 0.0, 0.0, np.zeros(M.shape)
    c = A.adjoint(y).T
    for _ in range(steps):
        h = (c + rho * (v - nu + (sigma * (s - mu)) @ B)) @ B0
        r = cho_solve(L, A.forward(h.T))
        u = (h - A.adjoint(r).T @ B0) / rho
        moved = u + nu
        norms = np.linalg.norm(moved, axis=1)
        v = np.maximum(1.0 - lam / rho / np.maximum(norms, 1e-300), 0.0)[:, None] * moved
        nu = moved - v
        xu = sigma * (u @ B.T) + mu
        s = np.maximum(xu, 0.0)
        mu = xu - s
    return v
