"""Choosing C and gamma of the SVM with the RBF kernel: one kernel matrix a fold serves every C."""

import numpy as np
from sklearn import config_context
from sklearn.metrics.pairwise import euclidean_distances
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC


def choose_svm(split, C, gamma):
    """C and gamma of best mean accuracy on held-out rows, as `GridSearchCV` chooses them.

    Parameters
    ----------
    split : Split
    C, gamma : sequence of float
        Grids, increasing; gamma for features that are standardised by the rows to fit on.

    Returns
    -------
    dict
        ``C`` and ``gamma``; ties to the smaller C, then to the smaller gamma.
    """
    accuracy = np.empty((len(split.pairs), len(C), len(gamma)))
    for k, (fit, held_out) in enumerate(split.pairs):
        scaler = StandardScaler().fit(split.X[fit])
        X, Z = scaler.transform(split.X[fit]), scaler.transform(split.X[held_out])
        distances = euclidean_distances(X, squared=True)
        to_held_out = euclidean_distances(Z, X, squared=True)
        with config_context(assume_finite=True, skip_parameter_validation=True):
            for j, one in enumerate(gamma):
                K, K_held_out = np.exp(-one * distances), np.exp(-one * to_held_out)
                for i, penalty in enumerate(C):
                    model = SVC(C=penalty, kernel="precomputed").fit(K, split.y[fit])
                    accuracy[k, i, j] = np.mean(model.predict(K_held_out) == split.y[held_out])
    mean = accuracy.mean(axis=0)
    best = np.unravel_index(np.argmax(mean), mean.shape)
    return {"C": C[best[0]], "gamma": gamma[best[1]]}
