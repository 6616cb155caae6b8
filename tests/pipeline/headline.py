"""Compute the accuracies of the tables from raw data, by NumPy, pandas and scikit-learn alone.

Nothing is imported from the package. The definitions of README and docs are programmed a second
time, as a reference for the pipeline.
"""

import hashlib

import numpy as np
import pandas as pd
from sklearn.datasets import load_iris
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

NAME, SEED, TEST_SIZE = "sklearn-iris", 0, 0.25


def number(*names):
    """Return the seed of the stream that the pipeline names so, an integer below 2**32."""
    digest = hashlib.sha256("\0".join(map(str, (SEED, *names))).encode()).digest()
    return int.from_bytes(digest[:4], "little")


def raw():
    """Return X (100, 4) and labels y (100,) of iris: versicolor is +1, virginica -1."""
    X, target = load_iris(return_X_y=True)
    return X[target > 0], np.where(target[target > 0] == 1, 1.0, -1.0)


def tables(protocol, n_splits, config):
    """Return the numbers of one dataset, iris, in the tables of a protocol.

    Parameters
    ----------
    protocol : str
    n_splits : int
    config : dict
        Keys of a configuration file, with every grid, as in `project.TINY`.

    Returns
    -------
    accuracy : dict
        Row of the table `uci_accuracy` by column, and columns of `early_stopping`.
    baselines : dict
        Row of the table `baselines` by column.
    same : pandas.DataFrame
        Accuracies at each common penalty, means over splits; index the ratio, columns the methods.
    """
    X, y = raw()
    rows, same, theirs = [], [], []
    for s in range(n_splits):
        names = (protocol, NAME, s)
        train, test = train_test_split(
            np.arange(len(y)), test_size=TEST_SIZE, stratify=y, random_state=number(*names, "split")
        )
        folds = StratifiedKFold(
            config["splits"]["folds"], shuffle=True, random_state=number(*names, "folds")
        )
        # Folds are of the rows as they were drawn; a forest depends on their order, as in the file.
        pairs = [
            (np.sort(train[fit]), np.sort(train[out])) for fit, out in folds.split(train, y[train])
        ]
        train, test = np.sort(train), np.sort(test)
        # Further draws of the gates are of protocol full alone.
        draws = config["averaged"]["draws"] if protocol == "full" else 1
        streams = [number(protocol, NAME, s, "gates", *([b] if b else [])) for b in range(draws)]
        gates, *others = (
            np.random.default_rng(one).standard_normal((X.shape[1] + 1, config["n_gates"]))
            for one in streams
        )
        row, at_same = ours(X, y, train, test, pairs, gates, config)
        row["between"] = between(X, y, train, test, pairs, gates, config)
        if others:
            row["averaged"] = averaged(X, y, train, test, pairs, [gates, *others], config)
        rows.append(row)
        same.append(at_same)
        theirs.append(baselines(X, y, train, test, pairs, names[1:], config["baselines"]))
    rows, theirs = pd.DataFrame(rows), pd.DataFrame(theirs).mean()
    same = sum(same) / n_splits
    accuracy = dict(
        dataset=NAME,
        n=rows.n.max(),
        d=X.shape[1] + 1,
        p=rows.p.max(),
        ntk=rows.ntk.mean(),
        ntk_std=rows.ntk.std(),
        mkl=rows.mkl.mean(),
        mkl_std=rows.mkl.std(),
        stopped=rows.stopped.mean(),
        stopped_std=rows.stopped.std(),
        ntk_ratio=rows.ntk_ratio.median(),
        mkl_ratio=rows.mkl_ratio.median(),
        stopped_ratio=rows.stopped_ratio.median(),
        **rows[["ntk_train", "mkl_train", "stopped_train", "chosen", "chosen_train"]].mean(),
        chosen_std=rows.chosen.std(),
        chosen_is_mkl=rows.chosen_is_mkl.mean(),
        splits=n_splits,
        ntk_same=same.ntk_sampled[config["same_lambda"]["reference"]],
        mkl_same=same.mkl[config["same_lambda"]["reference"]],
    )
    beside = {name: accuracy[name] for name in ("dataset", "ntk", "mkl", "stopped")}
    beside["between"] = rows.between.mean()
    if "averaged" in rows:
        beside["averaged"] = rows.averaged.mean()
    return accuracy, beside | dict(theirs), same


def prepared(X, fit, out):
    """Return rows ``fit`` and ``out`` of X, standardised by the first, with a column of ones."""
    mean, std = X[fit].mean(axis=0), X[fit].std(axis=0)
    return (np.column_stack([(X[rows] - mean) / std, np.ones(len(rows))]) for rows in (fit, out))


def ours(X, y, train, test, pairs, gates, config):
    """Return the results of NTK, MKL, and MKL stopped early on one split.

    Parameters
    ----------
    X, y : ndarray (n, d), (n,)
    train, test : ndarray of int
        Rows of the split.
    pairs : list of (ndarray of int, ndarray of int)
        For each fold the training rows to fit to and those held out, which choose the penalties.
    gates : ndarray (d + 1, N)
    config : dict
        As for `tables`.

    Returns
    -------
    row : dict
        Accuracies and chosen penalties of the split, by name.
    same : pandas.DataFrame
        Test accuracies at each common penalty.
    """
    stops = [
        (ratio, k)
        for ratio in config["stopped"]["ratios"]
        for k in config["stopped"]["reweightings"]
    ]
    ntk_ratios, mkl_ratios = config["ntk_ratios"], config["mkl_ratios"]
    held = {"ntk": np.zeros(len(ntk_ratios)), "mkl": np.zeros(len(mkl_ratios))}
    held["stopped"] = np.zeros(len(stops))
    for fit, out in pairs:
        A, B = prepared(X, fit, out)
        H = kernel(A, A)
        scale = np.linalg.eigvalsh(H)[-1]
        for i, ratio in enumerate(ntk_ratios):
            f = kernel(B, A) @ np.linalg.solve(H + ratio * scale * np.eye(len(fit)), y[fit])
            held["ntk"][i] += right(f, y[out])
        M, G = distinct(A, gates)
        top = lambda_max(A, y[fit], M)
        for i, ratio in enumerate(mkl_ratios):
            W = group_lasso(A, y[fit], M, ratio * top)
            held["mkl"][i] += right(network(B, G, W), y[out])
        for i, (ratio, k) in enumerate(stops):
            W = reweighted(A, y[fit], M, shares(A, gates, M), ratio * top, k)
            held["stopped"][i] += right(network(B, G, W), y[out])
    # Grids decrease: of equal counts the larger penalty is taken.
    ratios = {
        name: grid[np.argmax(held[name])]
        for name, grid in (("ntk", ntk_ratios), ("mkl", mkl_ratios))
    }
    # The optimum is one more place to stop; of equal counts the larger penalty, then the fewer k.
    choices = [(-held["stopped"][i], -ratio, k) for i, (ratio, k) in enumerate(stops)]
    choices += [(-held["mkl"][i], -ratio, np.inf) for i, ratio in enumerate(mkl_ratios)]
    _, ratios["stopped"], stop = min(choices)
    ratios["stopped"] *= -1
    A, B = prepared(X, train, test)
    H = kernel(A, A)
    lam = ratios["ntk"] * np.linalg.eigvalsh(H)[-1]
    M, G = distinct(A, gates)
    top = lambda_max(A, y[train], M)

    def mkl(ratio, rows=B, labels=y[test]):
        W = group_lasso(A, y[train], M, ratio * top)
        return right(network(rows, G, W), labels) / len(labels)

    def ridge(K, K_out, lam, labels=y[test]):
        return right(K_out @ np.linalg.solve(K + lam * np.eye(len(K)), y[train]), labels) / len(
            labels
        )

    # Every drawn gate counts, those of the all-zero mask too, as a share of all.
    Z, Z_out = A @ gates >= 0, B @ gates >= 0
    K, K_out = ((P @ A.T) * (Q @ Z.T) / gates.shape[1] for P, Q in ((A, Z * 1.0), (B, Z_out * 1.0)))
    grid = config["same_lambda"]["ratios"]
    same = pd.DataFrame(
        {
            "ntk": [ridge(H, kernel(B, A), ratio * top) for ratio in grid],
            "ntk_sampled": [ridge(K, K_out, ratio * top) for ratio in grid],
            "mkl": [mkl(ratio) for ratio in grid],
        },
        index=grid,
    )
    mine, on_train = (A, y[train]), {}
    on_train["ntk"] = ridge(H, H, lam, y[train])
    on_train["mkl"] = mkl(ratios["mkl"], *mine)
    if np.isinf(stop):
        stopped, on_train["stopped"] = mkl(ratios["stopped"]), mkl(ratios["stopped"], *mine)
    else:
        W = reweighted(A, y[train], M, shares(A, gates, M), ratios["stopped"] * top, stop)
        stopped = right(network(B, G, W), y[test]) / len(test)
        on_train["stopped"] = right(network(A, G, W), y[train]) / len(train)
    chosen = "mkl" if held["mkl"].max() > held["ntk"].max() else "ntk"
    row = dict(
        n=len(train),
        p=M.shape[1],
        ntk=ridge(H, kernel(B, A), lam),
        mkl=mkl(ratios["mkl"]),
        ntk_ratio=ratios["ntk"],
        mkl_ratio=ratios["mkl"],
        stopped=stopped,
        stopped_ratio=ratios["stopped"],
        **{f"{name}_train": value for name, value in on_train.items()},
        chosen_is_mkl=chosen == "mkl",
        chosen_train=on_train[chosen],
    )
    row["chosen"] = row[chosen]
    return row, same


def averaged(X, y, train, test, pairs, draws, config):
    """Return the test accuracy of the mean output of MKL over draws of the gates.

    ``draws`` has the gates of each draw, for which cross-validation chooses a penalty. Other
    arguments are as for `ours`.
    """
    outputs = []
    for gates in draws:
        held = np.zeros(len(config["mkl_ratios"]))
        for fit, out in pairs:
            A, B = prepared(X, fit, out)
            M, G = distinct(A, gates)
            top = lambda_max(A, y[fit], M)
            for i, ratio in enumerate(config["mkl_ratios"]):
                held[i] += right(network(B, G, group_lasso(A, y[fit], M, ratio * top)), y[out])
        A, B = prepared(X, train, test)
        M, G = distinct(A, gates)
        lam = config["mkl_ratios"][np.argmax(held)] * lambda_max(A, y[train], M)
        outputs.append(network(B, G, group_lasso(A, y[train], M, lam)))
    return right(np.mean(outputs, axis=0), y[test]) / len(test)


def between(X, y, train, test, pairs, gates, config):
    """Return the test accuracy of MKL at p = 4/3 with the NTK among the kernels.

    Every gate keeps its mask, repeated masks too. Arguments are as for `ours`.
    """

    def outputs(fit, out, ratios):
        """Yield the outputs at rows ``out`` of the fit to rows ``fit``, for each penalty."""
        A, B = prepared(X, fit, out)
        M, M_out = (A @ gates >= 0).astype(float), (B @ gates >= 0).astype(float)
        H, H_out, share = kernel(A, A), kernel(B, A), 1.0 / gates.shape[1]
        scale = np.linalg.eigvalsh((A @ A.T) * (M @ M.T) * share)[-1]
        for ratio in ratios:
            eta, eta_0, c = lp_ball(A, y[fit], M, H, ratio * scale)
            yield (B @ A.T * ((M_out * eta) @ M.T) + eta_0 * H_out) @ c

    held = np.zeros(len(config["ntk_ratios"]))
    for fit, out in pairs:
        held += [right(f, y[out]) for f in outputs(fit, out, config["ntk_ratios"])]
    ratio = config["ntk_ratios"][np.argmax(held)]
    return right(*outputs(train, test, [ratio]), y[test]) / len(test)


def lp_ball(A, y, M, H, mu, p=4 / 3, change=1e-8):
    """Return kernel weights of the masks (N,), the weight of H, and coefficients (n,), by IRLS.

    The weights are in the ball ``sum_i m_i (eta_i / m_i)^p <= 1``. Half of the prior m is H's, and
    the masks share the rest equally. Each step takes ``eta_i`` proportional to
    ``(||w_i||^2 m_i^(p-1))^(1/(p+1))``, where ``||w_i|| = eta_i ||A^T D_i c||`` for the
    coefficients c. It ends when no weight changes by more than ``change`` times the largest.
    """
    N = M.shape[1]
    prior = np.append(np.full(N, 0.5 / N), 0.5)
    eta = prior.copy()
    for _ in range(100_000):
        K = (A @ A.T) * ((M * eta[:-1]) @ M.T) + eta[-1] * H
        c = np.linalg.solve(K + mu * np.eye(len(y)), y)
        norms = eta * np.append(np.linalg.norm(A.T @ (M * c[:, None]), axis=0), np.sqrt(c @ H @ c))
        new = (norms**2 * prior ** (p - 1.0)) ** (1.0 / (p + 1.0))
        new /= np.sum(prior * (new / prior) ** p) ** (1.0 / p)
        if np.abs(new - eta).max() <= change * eta.max():
            return eta[:-1], eta[-1], c
        eta = new
    raise AssertionError("the reference did not converge")


def right(f, y):
    """Return the number of outputs f whose sign is the label y; zero counts as +1."""
    return np.sum(np.where(f >= 0, 1.0, -1.0) == y)


def kernel(A, B):
    """Return the NTK of rows of A and B: ``x^T x' (pi - theta) / (2 pi)``, theta the angle."""
    inner = A @ B.T
    cosine = inner / np.outer(np.linalg.norm(A, axis=1), np.linalg.norm(B, axis=1))
    return inner * (np.pi - np.arccos(np.clip(cosine, -1.0, 1.0))) / (2.0 * np.pi)


def distinct(A, gates):
    """Return the distinct nonzero masks (n, p) of the gates, and the first gate of each, (d, p).

    The order is that of the gates. A (n, d) has the rows that the masks are of.
    """
    M, first = A @ gates >= 0, {}
    for i, mask in enumerate(M.T):
        if mask.any():
            first.setdefault(mask.tobytes(), i)
    at = list(first.values())
    return M[:, at].astype(float), gates[:, at]


def shares(A, gates, M):
    """Return the share of the gates that gave each of the masks M (n, p), (p,)."""
    drawn = A @ gates >= 0
    return np.array([np.mean((drawn == mask[:, None]).all(axis=0)) for mask in M.T])


def reweighted(A, y, M, eta, lam, k):
    """Return the weights (d, p) of ridge regression after k reweightings of the mask weights eta.

    A reweighting is ``eta_i <- eta_i ||A^T D_i b||``, with b the coefficients of ridge regression.
    The start is eta times the root mean square of y over that of A.
    """
    eta = eta * np.sqrt(np.mean(y**2) / np.mean(A**2))
    for step in range(k + 1):
        b = np.linalg.solve((A @ A.T) * ((M * eta) @ M.T) + lam * np.eye(len(y)), y)
        features = A.T @ (M * b[:, None])
        if step < k:
            eta = eta * np.linalg.norm(features, axis=0)
    return eta * features


def lambda_max(A, y, M):
    """Return ``max_i ||A^T D_i y||``, the least penalty at which all weights are zero."""
    return np.linalg.norm(A.T @ (M * y[:, None]), axis=0).max()


def network(B, G, W):
    """Return the outputs at rows of B of the gated network with gates G and weights W (d, p)."""
    return np.sum((B @ G >= 0) * (B @ W), axis=1)


def group_lasso(A, y, M, lam, gap=1e-8):
    """Return the weights (d, p) of the group lasso, by accelerated proximal gradient with restarts.

    It ends once the relative gap is at most ``gap``.
    """
    n, d, p = *A.shape, M.shape[1]
    features = (M[:, None, :] * A[:, :, None]).reshape(n, d * p)
    step = 1.0 / np.linalg.norm(features, 2) ** 2
    W = V = np.zeros((d, p))
    t = 1.0
    for k in range(200_000):
        gradient = (features.T @ (features @ V.ravel() - y)).reshape(d, p)
        U = V - step * gradient
        new = U * np.maximum(1.0 - step * lam / np.maximum(np.linalg.norm(U, axis=0), 1e-300), 0.0)
        if np.sum((V - new) * (new - W)) > 0:
            t = 1.0
        after = 0.5 * (1.0 + np.sqrt(1.0 + 4.0 * t**2))
        V = new + (t - 1.0) / after * (new - W)
        W, t = new, after
        if k % 50 == 0:
            r = y - features @ W.ravel()
            top = np.linalg.norm((features.T @ r).reshape(d, p), axis=0).max()
            a = r * min(1.0, lam / top)
            primal = 0.5 * r @ r + lam * np.linalg.norm(W, axis=0).sum()
            if primal - 0.5 * (y @ y - (y - a) @ (y - a)) <= gap * 0.5 * (y @ y):
                return W
    raise AssertionError("the reference did not converge")


def baselines(X, y, train, test, pairs, names, config):
    """Return the test accuracy of each of scikit-learn's classifiers on one split, by name.

    ``names`` are of the random streams. ``config`` has the grids of the parameters, which
    cross-validation on ``pairs`` chooses. Other arguments are as for `ours`.
    """
    grids = {
        "logistic": [
            lambda C=C: LogisticRegression(C=C, solver="newton-cholesky")
            for C in config["logistic_C"]
        ],
        "svm": [
            lambda C=C, gamma=gamma: SVC(C=C, gamma=gamma / X.shape[1])
            for C in config["svm_C"]
            for gamma in config["svm_gamma"]
        ],
        "forest": [lambda: RandomForestClassifier(config["trees"])],
        "boosting": [lambda: GradientBoostingClassifier()],
    }
    accuracies = {}
    for method, grid in grids.items():

        def score(make, fit, out, method=method):
            """Return the accuracy on rows ``out`` of a new model fitted to rows ``fit``."""
            model = make()
            if hasattr(model, "random_state"):
                model.set_params(random_state=number(*names, method))
            model = make_pipeline(StandardScaler(), model).fit(X[fit], y[fit])
            return np.mean(model.predict(X[out]) == y[out])

        if len(grid) > 1:
            held = [np.mean([score(make, *pair) for pair in pairs]) for make in grid]
            grid = [grid[int(np.argmax(held))]]
        accuracies[method] = score(grid[0], train, test)
    return accuracies
