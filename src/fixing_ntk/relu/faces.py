"""Project many points onto the cones of masks, each started from the face of its last projection.

The projection of z onto ``C = {w : B w >= 0}`` is ``w = z + B^T s``. The multipliers ``s >= 0``
belong to the active rows F, with ``B_F w = 0``. These rows define a face of the cone, and on a face
the projection is linear in z::

    s = U z,    U = -(B_F^T)^+,    w = P z,    P = I + B_F^T U

The active-set method for nonnegative least squares (Lawson and Hanson, Solving Least Squares
Problems, chapter 23) exchanges one row of a face at a time. With ``r = P b`` for a row b that
enters, and with g the row of U that belongs to a row that leaves, ::

    enters    u = -r / ||r||^2,   U <- U + (U b) u^T with u as a new row,   P <- P - r r^T / ||r||^2
    leaves    U <- U - (U g) g^T / ||g||^2 without its row g,               P <- P + g g^T / ||g||^2

so an exchange takes ``O(d^2)`` operations, and here each is made for many cones at once. The method
starts from any face with any ``s >= 0``, and ``||z + B^T s||`` falls at each exchange. So each
value on the way is an upper bound on ``||w||``, and a caller who needs only a bound can stop early.
"""

import numpy as np

CHUNK = 2**17  # numbers in the projectors of cones that are worked on together: they fit in cache
OUTSIDE = 1e-13  # least violation of a constraint, over the norm of the point, for rows of norm one
DEPENDENT = 1e-20  # squared sine of the angle between a row and a face: below, it is in its span
NEARLY = 1e-10  # squared sine below which P is first rebuilt without its rounding error
DRIFT = 1e-10  # relative rounding error on a face above which its P and U are rebuilt
AGAIN = 2  # maximum number of times that a projection is repeated on a rebuilt face
REFRESH = 8  # exchanges between two checks of the rounding error
EXCHANGES = 10  # times (d + 10): with more exchanges, rounding must have made the method cycle


class Faces:
    """Projections onto the cones of all pairs of mask and sign, each started from its last face.

    The cone of mask i is ``{w : B w >= 0}``, where B has the rows of ``(2 D_i - I) X`` scaled to
    length one. A face is the part of the cone on which some of the constraints are active, that is
    zero. The two pairs of a mask have the same cone, and a face each.

    Private methods work on k faces at a time. ``P`` (k, d, d) project onto the spans of the faces.
    ``U`` (k, d, d) map a point to the multipliers of its projection, and ``s`` (k, d) are the
    current multipliers, at least 0. ``rows`` (k, d) are the active constraints as numbers of rows
    of B, of which the first ``count`` (k,) are valid. ``signs`` (k, m) are the diagonals of
    ``2 D_i - I`` at the m distinct rows.

    Parameters
    ----------
    X : ndarray (n, d)
    masks : MaskSet or RegeneratedMasks
        p masks; pair ``i`` and pair ``p + i`` have mask i.

    Attributes
    ----------
    masks
        As given.
    polar : ndarray (2 p, d)
        ``z - w`` for each pair, with w what `project` last returned for a point z, also if it
        stopped early; zero before the first. It is minus a nonnegative combination of rows of B.
    """

    def __init__(self, X, masks):
        norms = np.linalg.norm(X, axis=1)
        rows = np.flatnonzero(norms > 0)
        self._B, first = np.unique(X[rows] / norms[rows, None], axis=0, return_index=True)
        self._rows = rows[first]  # a row that repeats is one constraint
        self.masks, self.d = masks, X.shape[1]
        self.polar = np.zeros((2 * len(masks), self.d))
        self._slot = np.full(2 * len(masks), -1)
        self._used = 0
        self._allocate(64)

    def _allocate(self, capacity):
        """Enlarge the arrays of stored faces to ``capacity`` faces; those in use are kept."""
        d, old, keep = self.d, getattr(self, "_state", None), self._used
        state = [
            np.empty((capacity, d, d)),  # P
            np.empty((capacity, d, d)),  # U
            np.empty((capacity, d)),  # s
            np.empty((capacity, d), int),  # rows of the face
            np.empty(capacity, int),  # their number
        ]
        self._signs = self._grown(getattr(self, "_signs", None), capacity, keep)
        if old is not None:
            for new, had in zip(state, old, strict=True):
                new[:keep] = had[:keep]
        self._state = state

    def _grown(self, old, capacity, keep):
        """Return the signs of ``capacity`` faces, the first ``keep`` as in ``old``, others not set.

        ``old`` is an array of signs, or None.
        """
        new = np.empty((capacity, len(self._B)), np.int8)
        if old is not None:
            new[:keep] = old[:keep]
        return new

    def slots(self, pairs):
        """Return where the faces of pairs (k,) are stored, positions (k,).

        A pair without a stored face gets one with no active constraint: the whole space.
        """
        fresh = np.unique(pairs[self._slot[pairs] < 0])
        if len(fresh):
            end = self._used + len(fresh)
            if end > len(self._signs):
                self._allocate(max(end, 2 * len(self._signs)))
            new = slice(self._used, end)
            P, U, s, rows, count = self._state
            P[new], U[new], s[new], rows[new], count[new] = np.eye(self.d), 0.0, 0.0, 0, 0
            open_ = self.masks.rows(fresh % len(self.masks), bool)[:, self._rows]
            self._signs[new] = np.where(open_, 1, -1)
            self._slot[fresh] = np.arange(self._used, end)
            self._used = end
        return self._slot[pairs]

    def project(self, pairs, z, enough=0.0):
        """Project the rows of z (k, d) onto the cones of distinct pairs (k,).

        The faces of the pairs and ``polar`` are updated.

        Parameters
        ----------
        pairs : ndarray of int (k,)
        z : ndarray (k, d)
        enough : float
            A projection stops early once an upper bound on the norm of its result is at most this.

        Returns
        -------
        ndarray (k, d)
            The projection, if its norm is above ``enough``. Else it may be another point, whose
            norm is an upper bound on the norm of the projection.
        """
        slots, out = self.slots(pairs), np.empty_like(z)
        size = max(8, CHUNK // self.d**2)
        for start in range(0, len(pairs), size):
            part = slice(start, start + size)
            out[part] = self._project(slots[part], z[part], enough)
        self.polar[pairs] = z - out
        return out

    def complements(self, pairs):
        """Return orthonormal bases of the spans of the faces of pairs (k,).

        The span of a face is the subspace on which all its active constraints are zero.

        Returns
        -------
        bases : ndarray (d, r)
            The bases of all pairs, side by side.
        owner : ndarray of int (r,)
            Position in ``pairs`` of each column.
        """
        slots = self.slots(pairs)
        _, _, _, rows, count = self._state
        rows, count = rows[slots], count[slots]
        B = self._face_rows(self._signs[slots], rows, count)
        Q = np.linalg.qr(B.transpose(0, 2, 1), mode="complete")[0]
        keep = np.arange(self.d) >= count[:, None]
        owner = np.nonzero(keep)[0]
        return Q.transpose(0, 2, 1)[keep].T, owner

    def rows_of(self, pairs):
        """Return which constraints are active on the face of each of the pairs (k,).

        Each row of the result (k, d) has the numbers of one face's active constraints in increasing
        order. It starts with as many -1 as there are fewer than d. A constraint's number is its
        place among the distinct rows of X at length one. Equal results before and after a
        projection mean that no face of these pairs has changed.
        """
        slots = self.slots(pairs)  # which may enlarge the state
        _, _, _, rows, count = self._state
        return np.sort(np.where(np.arange(self.d) < count[slots][:, None], rows[slots], -1))

    def _project(self, slots, z, enough, again=AGAIN):
        """Return the rows of z (k, d) projected onto k cones, from the faces stored at ``slots``.

        ``slots`` (k,) are the positions of the faces. A row stops early once its norm is at most
        the number ``enough``. It is then another point, whose norm is an upper bound on the norm of
        the projection. Stored faces are updated, but ``polar`` is not. ``again`` is how often a
        projection may be repeated after rounding had spoilt its face.
        """
        P, U, s, rows, count = (part[slots] for part in self._state)
        signs = self._signs[slots]
        scale, out = np.linalg.norm(z, axis=1), np.empty_like(z)
        live, changed = np.arange(len(slots)), False
        for turn in range(1, EXCHANGES * (self.d + 10)):
            if turn % REFRESH == 0:
                changed |= self._refresh(P, U, signs, rows, count, live)
            target = (U[live] @ z[live, :, None])[..., 0]
            negative = target < 0.0
            blocked = negative.any(axis=1)
            back, go = live[blocked], live[~blocked]
            if len(back):
                self._leave(P, U, s, rows, count, back, target[blocked], negative[blocked])
                changed = True
            if len(go):
                s[go] = target[~blocked]
                w = (P[go] @ z[go, :, None])[..., 0]
                out[go] = w
                open_ = np.einsum("kd,kd->k", w, w) > enough**2
                go, w = go[open_], w[open_]
            if len(go) and not len(self._B):
                go = go[:0]
            if len(go):
                value = signs[go] * (w @ self._B.T)
                k = np.arange(len(go))
                face = np.arange(self.d) < count[go][:, None]
                value[np.nonzero(face)[0], rows[go][face]] = 0.0
                worst = np.argmin(value, axis=1)
                least = value[k, worst]
                outside = (least < -OUTSIDE * scale[go]) & (count[go] < self.d)
                go, worst = go[outside], worst[outside]
            if len(go):
                b = self._B[worst] * signs[go, worst][:, None]
                go = self._enter(P, U, s, signs, rows, count, go, worst, b)
                changed = True
            live = np.concatenate([back, go])
            if not len(live):
                break
        # Made from s >= 0, so it is a valid bound whatever the rounding errors of P and U. If
        # rounding makes exchanges cycle, it is not the projection, but still a bound.
        B = self._face_rows(signs, rows, count)
        exact = z + (s[:, None, :] @ B)[:, 0]
        drift = np.flatnonzero(np.linalg.norm(exact - out, axis=1) > DRIFT * scale)
        self._rebuild(P, U, B[drift], drift)
        for part, now in zip(self._state, (P, U, s, rows, count), strict=True):
            if changed or now is s or len(drift):
                part[slots] = now
        if len(drift) and again:
            exact[drift] = self._project(slots[drift], z[drift], enough, again - 1)
        return exact

    def _refresh(self, P, U, signs, rows, count, live):
        """Rebuild P and U of faces with a large rounding error; return whether there were any.

        Only the faces at positions ``live`` of the arrays are checked. P and U change in place.
        """
        B = self._face_rows(signs[live], rows[live], count[live])
        off = B @ U[live].transpose(0, 2, 1)
        off[:, np.arange(self.d), np.arange(self.d)] += np.arange(self.d) < count[live][:, None]
        drift = np.abs(off).max(axis=(1, 2), initial=0.0) > DRIFT
        self._rebuild(P, U, B[drift], live[drift])
        return bool(drift.any())

    def _rebuild(self, P, U, B, at):
        """Recompute P and U, in place, of the faces ``at`` (k,) from their rows B (k, d, d).

        B has the active constraints, as `_face_rows` returns them.
        """
        if len(at):
            Q, R = np.linalg.qr(B.transpose(0, 2, 1))
            used = B.any(axis=2)
            Q *= used[:, None]
            R[:, np.arange(self.d), np.arange(self.d)] += ~used
            U[at] = -np.linalg.solve(R, Q.transpose(0, 2, 1))
            P[at] = np.eye(self.d) - Q @ Q.transpose(0, 2, 1)

    def _face_rows(self, signs, rows, count):
        """Return each face's active constraints as unit rows, (k, d, d), then zero rows."""
        B = self._B[rows] * np.take_along_axis(signs, rows, axis=1)[..., None]
        B[np.arange(self.d) >= count[:, None]] = 0.0
        return B

    def projectors(self, pairs):
        """Return the orthogonal projectors (k, d, d) onto the spans of the faces of pairs (k,).

        The span of a face is the subspace on which all its active constraints are zero.
        """
        return self._state[0][self.slots(pairs)]

    def onto(self, pairs, z):
        """Project the rows of z (k, d) onto the spans of the faces of pairs (k,)."""
        return (self.projectors(pairs) @ z[..., None])[..., 0]

    def _enter(self, P, U, s, signs, rows, count, at, row, b):
        """Make constraint ``row[j]`` active in face ``at[j]``; return the faces that changed.

        Row j of ``b`` is that constraint as a unit row, times its sign. A constraint whose row is
        in the span of the active rows of its face is not added. The result is the part of ``at``
        where one was added. P, U, s, ``rows`` and ``count`` are changed in place.
        """
        r = (P[at] @ b[..., None])[..., 0]
        square = np.einsum("kd,kd->k", r, r)
        near = np.flatnonzero(square < NEARLY)
        if len(near):  # rows that repeat must not enter twice
            again = at[near]
            self._rebuild(P, U, self._face_rows(signs[again], rows[again], count[again]), again)
            r[near] = (P[again] @ b[near, :, None])[..., 0]
            square[near] = np.einsum("kd,kd->k", r[near], r[near])
        new = square > DEPENDENT
        at, row, b, r, square = at[new], row[new], b[new], r[new], square[new]
        u, Ub = -r / square[:, None], U[at] @ b[..., None]
        U[at] += Ub * u[:, None, :]
        P[at] += r[:, :, None] * u[:, None, :]
        place = count[at]
        U[at, place], rows[at, place], s[at, place] = u, row, 0.0
        count[at] += 1
        return at

    def _leave(self, P, U, s, rows, count, at, target, negative):
        """Move s towards ``target`` as far as s >= 0 allows; remove the active row in the way.

        This is done for each face in ``at`` (k,). ``target`` (k, d) are the multipliers ``U z``,
        and ``negative`` (k, d) is where they are below zero: at least one for each face. P, U, s,
        ``rows`` and ``count`` are changed in place.
        """
        now, k = s[at], np.arange(len(at))
        with np.errstate(invalid="ignore", divide="ignore"):
            step = np.where(negative, now / (now - target), np.inf)
        blocking = np.argmin(step, axis=1)
        now = np.maximum(now + step[k, blocking][:, None] * (target - now), 0.0)
        g = U[at, blocking]
        square = np.einsum("kd,kd->k", g, g)
        scaled = g / square[:, None]
        Ug = U[at] @ g[..., None]
        U[at] -= Ug * scaled[:, None, :]
        P[at] += g[:, :, None] * scaled[:, None, :]
        count[at] -= 1
        last = count[at]
        for part in (U, rows):
            part[at, blocking] = part[at, last]
        now[k, blocking] = now[k, last]
        now[k, last] = 0.0
        U[at, last] = 0.0
        s[at] = now
