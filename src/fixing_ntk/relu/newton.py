"""DOC"""

import numpy as np
from scipy.linalg import LinAlgError

from fixing_ntk.programs import Certificate, Fit, UnpackedDesign, group_norms, product, score
from fixing_ntk.relu import cones
from fixing_ntk.relu.face_factor import FaceFactor
from fixing_ntk.relu.faces import Faces
from fixing_ntk.solvers.nonneg_qp import NonnegQP
from fixing_ntk.solvers.stall_monitor import StallMonitor
from fixing_ntk.solvers.unit_problem import UnitProblem
from fixing_ntk.relu.start import admm_weights

FIRST, ADDED, ADDED_SHARE = 64, 32, 0.4
CHUNK = 64
ARMIJO, HALVINGS = 1e-4, 30
ROUNDING = 1e-12
RIDGE = 1e-12
EXACT, INNER, INEXACT = 1e-10, 30, 0.1
FACTOR, BELOW, LOOSE = 3.0, 0.15, 0.05
LEAST = 1e-3
import time
from collections import defaultdict
STATS = defaultdict(float)


def newton(design, y, lam, tol, max_iter=200, warm_starts=()):
    STATS.clear()
    run = _Run(UnitProblem(design, y, lam), tol)
    history: list = []
    top = run.top()
    point = None
    for lam_k in run.path(top):
        run.lam, run.tol = lam_k, tol if lam_k == run.problem.lam else LOOSE
        run.enough = 1.0 + 0.1 * run.tol
        point = run.start(warm_starts) if point is None else run.moved_to(point, old)
        point, top = run.descend(point, max_iter, history)
        old = lam_k
    weights, pairs, certificate = run.certified(point, top)
    index = np.array([pairs >= design.p, pairs % design.p]).astype(int)
    return Fit(weights, index, certificate, len(history), history, "newton")


class _Run:
    def __init__(self, problem, tol):
        self.problem, self.tol = problem, tol
        self.design, self.y, self.lam = problem.design, problem.y, problem.lam
        self.X, self.Xt, self.p = self.design.X, self.design.Xt, self.design.p
        self.faces = Faces(self.X, self.design.masks)
        self.enough = 1.0 + 0.1 * tol

    def top(self):
        """Bound on the lambda_max of the program."""
        return np.linalg.norm(self.design.adjoint(self.y), axis=0).max()

    def path(self, top):
        lams = [self.problem.lam]
        while lams[-1] * FACTOR < BELOW * top:
            lams.append(lams[-1] * FACTOR)
        return lams[::-1]

    def moved_to(self, point, old):
        inner = 0.03 * np.linalg.norm(self.y)
        return _Point(self, point.pairs, point.M, point.eta, [point.b * (old / self.lam), point.b], inner)

    def signed(self, pairs):
        M = self.design.masks.rows(pairs % self.p)
        M[pairs >= self.p] *= -1.0
        return M

    def start(self, warm_starts):
        pairs, _ = self.violated(self.y / self.lam, np.zeros(0, int), np.zeros((0, self.design.d)), FIRST)[1:]
        M = self.signed(pairs)
        t = time.process_time()
        w = admm_weights(self.X, M, self.y, self.lam)
        STATS["admm"] += time.process_time() - t
        eta = np.linalg.norm(w, axis=1)
        active = np.flatnonzero(eta)
        w = self.faces.project(pairs[active], w[active])
        residual = self.y - UnpackedDesign(self.X, M[active]).forward(w.T)
        starts = [residual / self.lam, self.y / self.lam]
        return _Point(self, pairs, M, eta, starts, 0.03 * np.linalg.norm(self.y))

    def violated(self, b, used, w_used, wanted):
        """Upper bounds on all scores, and of the pairs that violate, with projections."""
        t = time.process_time()
        z = self.design.adjoint(b).T
        z = np.concatenate([z, -z])
        V = self.faces.polar
        along, square = np.einsum("kd,kd->k", z, V), np.einsum("kd,kd->k", V, V)
        t_ = np.maximum(along, 0.0) / np.maximum(square, 1e-300)
        bounds = np.linalg.norm(z - t_[:, None] * V, axis=1)
        bounds[used] = np.linalg.norm(w_used, axis=1)
        outside = bounds > self.enough
        outside[used] = False
        candidates = np.flatnonzero(outside)
        candidates = candidates[np.argsort(-bounds[candidates], kind="stable")]
        found, projected, count = [], [], 0
        for start in range(0, len(candidates), CHUNK):
            part = candidates[start : start + CHUNK]
            w = self.faces.project(part, z[part], self.enough)
            STATS["passed"] += len(part)
            bounds[part] = norms = np.linalg.norm(w, axis=1)
            above = norms > self.enough
            found.append(part[above]), projected.append(w[above])
            count += np.count_nonzero(above)
            if count >= wanted:
                break
        STATS["pass"] += time.process_time() - t
        if not count:
            return bounds, np.zeros(0, int), np.zeros((0, self.design.d))
        found, projected = np.concatenate(found), np.concatenate(projected)
        top = np.argsort(-bounds[found], kind="stable")[:wanted]
        return bounds, found[top], projected[top]

    def descend(self, point, max_iter, history):
        monitor = StallMonitor(np.float64)
        best = None
        while True:
            wanted = max(ADDED, int(ADDED_SHARE * len(point.pairs)))
            bounds, new, projected = self.violated(point.b, point.pairs, point.w, wanted)
            P, gap = self._gap(point, bounds)
            history.append((P * self.problem.y_unit**2, gap))
            monitor.record((point, bounds.max()), gap)
            if gap <= self.tol or monitor.stalled or len(history) >= max_iter:
                break
            t = time.process_time()
            moved = self._step(point, new, projected, gap)
            STATS["step"] += time.process_time() - t
            if moved is point:
                break
            monitor.step(point, moved)
            point = moved
        return monitor.best

    def _gap(self, point, bounds):
        P, _, gap, _ = score(point.residual, point.eta * point.scores, self.lam * point.b, self.lam * bounds.max(initial=0.0), self.y, self.lam)
        return P, gap

    def certified(self, point, top):
        t = time.process_time()
        weights = point.eta[:, None] * point.w
        weights = weights.T
        open_ = point.M != 0
        for i in range(weights.shape[1]):
            slack = np.where(open_[i], 1, -1) * (self.X @ weights[:, i])
            if slack.min() < -1e-14 * np.linalg.norm(weights[:, i]):
                STATS["moved"] += 1
                weights[:, i] = cones.project(self.X, open_[i], weights[:, i])
        residual = self.y - point.A.forward(weights)
        P, D, gap, a = score(residual, group_norms(weights), self.lam * point.b, self.lam * top, self.y, self.lam)
        unit = self.problem.y_unit
        certificate = Certificate(P * unit**2, D * unit**2, gap, a * unit)
        STATS["certify"] += time.process_time() - t
        return weights * self.problem.unit, point.pairs, certificate

    def _step(self, point, new, projected, gap):
        inner = np.linalg.norm(self.y) * max(EXACT, min(0.03, INEXACT * gap))
        pairs = np.concatenate([point.pairs, new])
        eta = np.concatenate([point.eta, np.zeros(len(new))])
        w = np.concatenate([point.w, projected])
        M = np.concatenate([point.M, self.signed(new)])
        A = UnpackedDesign(self.X, M)
        gradient = 0.5 * self.lam * (1.0 - np.einsum("kd,kd->k", w, w))
        factor = point.current_factor()
        H = factor.quadratic(M * product(np.ascontiguousarray(w), self.Xt))
        H[np.diag_indices(len(H))] += RIDGE * np.trace(H) / len(H)
        model = NonnegQP(H)
        least = model.minimise(gradient, eta)
        plain = least - eta
        b1, third = self._third_order(A, pairs, w, factor, plain)
        corrected = model.minimise(gradient + third, eta, warm_start=least) - eta
        for direction, t in [(corrected, 1.0), *((plain, 0.5**k) for k in range(HALVINGS))]:
            try:
                moved = _Point(self, pairs, M, np.maximum(eta + t * direction, 0.0), [point.b + t * b1, point.b], inner)
            except LinAlgError:
                continue
            STATS["points"] += 1
            if moved.inner_gap > inner**2:
                STATS["failed"] += 1
                continue
            enough = ARMIJO * t * (gradient @ direction) + ROUNDING * abs(point.value) + point.inner_gap + moved.inner_gap
            if moved.value <= point.value + enough:
                return moved
        return point

    def _third_order(self, A, pairs, w, factor, v):
        onto = lambda u: self.faces.onto(pairs, A.adjoint(u).T)
        apply = lambda z: A.forward((v[:, None] * z).T)
        b1 = -factor.solve(apply(w))
        z1 = onto(b1)
        b2 = -factor.solve(apply(z1))
        z2 = onto(b2)
        second = np.einsum("kd,kd->k", z1, z1) + 2 * np.einsum("kd,kd->k", w, z2)
        return b1, -0.5 * self.lam * second


class _Point:
    def __init__(self, run, pairs, M, eta, starts, inner):
        active = np.flatnonzero(eta)
        self.run, self.pairs, self.M, self.eta = run, pairs[active], M[active], eta[active]
        self.A = UnpackedDesign(run.X, self.M)
        self.factor = self.faces = None
        self._ridge(starts, inner)
        self.scores = np.linalg.norm(self.w, axis=1)
        self.residual = run.y - self.A.forward((self.eta[:, None] * self.w).T)
        # max over b of the dual: value of phi at its minimiser is quadratic in the gradient
        self.value = run.lam * (0.5 * self.eta.sum() - self.phi)

    def current_factor(self):
        faces = self.run.faces.face_of(self.pairs)
        if self.factor is None or not np.array_equal(faces, self.faces):
            t = time.process_time()
            bases, owner = self.run.faces.complements(self.pairs)
            Z = product(np.ascontiguousarray(bases.T), self.run.Xt)
            Z *= self.M[owner]
            Z *= np.sqrt(self.eta[owner])[:, None]
            self.Z = Z
            self.factor, self.faces = FaceFactor(Z, self.run.lam), faces
            STATS["factors"] += 1
            STATS["rank"] = len(Z)
            STATS["factor"] += time.process_time() - t
        return self.factor

    def _majorised(self, theta):
        """Factor with ``P_j + theta (I - P_j)`` for P_j: at theta = 1 the step always descends."""
        S = self.M * np.sqrt(self.eta)[:, None]
        K = (S.T @ S) * self.run.design.gram * theta
        K += (1.0 - theta) * (self.Z.T @ self.Z)
        K[np.diag_indices(len(K))] += self.run.lam
        STATS["majorised"] += 1
        from scipy.linalg import cho_factor, cho_solve
        L = cho_factor(K, lower=True, overwrite_a=True)
        from types import SimpleNamespace
        return SimpleNamespace(solve=lambda v: cho_solve(L, v))

    def _at(self, b):
        t = time.process_time()
        w = self.run.faces.project(self.pairs, np.ascontiguousarray(self.A.adjoint(b).T))
        STATS["project"] += time.process_time() - t
        STATS["evals"] += 1
        gradient = self.run.lam * b + self.A.forward((self.eta[:, None] * w).T) - self.run.y
        phi = 0.5 * self.run.lam * b @ b + 0.5 * self.eta @ np.einsum("kd,kd->k", w, w) - b @ self.run.y
        return w, gradient, phi

    def _ridge(self, starts, inner):
        values = [(self._at(b), b) for b in starts]
        (w, g, phi), b = min(values, key=lambda v: v[0][2])
        if len(starts) > 1:
            w, g, phi = self._at(b)
        theta = 0.0
        for _ in range(INNER):
            if np.linalg.norm(g) <= inner:
                break
            factor = self.current_factor()
            while True:
                step = -(self._majorised(theta) if theta else factor).solve(g)
                after = self._at(b + step)
                if after[2] <= phi + ARMIJO * (g @ step) + ROUNDING * abs(phi) or theta == 1.0:
                    break
                theta = min(1.0, max(10.0 * theta, LEAST))
            theta = 0.1 * theta if theta > LEAST else 0.0
            b = b + step
            w, g, phi = after
            STATS["inner"] += 1
        self.b, self.w, self.phi = b, w, phi
        self.inner_gap = g @ g
