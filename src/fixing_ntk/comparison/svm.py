"""Choosing C and gamma of the SVM with the RBF kernel: one kernel matrix a fold serves every C."""

import numpy as np
from sklearn import config_context
from sklearn.metrics.pairwise import euclidean_distances
from sklearn.svm import SVC


def choose_svm(pairs, C, gamma, machine=SVC, score=np.equal):
    """C and gamma of best mean score on held-out rows, as `GridSearchCV` chooses them.

    Parameters
    ----------
    pairs : list of (X, y, X_out, y_out)
        Rows to fit on and rows held out, features standardised by the former.
    C, gamma : sequence of float
        Grids, increasing.
    machine : {SVC, SVR}
    score : function of predictions and targets
        Its mean is taken; by default that is the accuracy.

    Returns
    -------
    dict
        ``C`` and ``gamma``; ties to the smaller C, then to the smaller gamma.
    """
    scores = np.empty((len(pairs), len(C), len(gamma)))
    for k, (X, y, Z, y_out) in enumerate(pairs):
        distances = euclidean_distances(X, squared=True)
        to_held_out = euclidean_distances(Z, X, squared=True)
        with config_context(assume_finite=True, skip_parameter_validation=True):
            for j, one in enumerate(gamma):
                K, K_held_out = np.exp(-one * distances), np.exp(-one * to_held_out)
                for i, penalty in enumerate(C):
                    model = machine(C=penalty, kernel="precomputed").fit(K, y)
                    scores[k, i:, j] = np.mean(score(model.predict(K_held_out), y_out))
                    if np.abs(model.dual_coef_).max() < penalty:
                        break  # no bound holds: any larger C has the same solution
    mean = scores.mean(axis=0)
    best = np.unravel_index(np.argmax(mean), mean.shape)
    return {"C": C[best[0]], "gamma": gamma[best[1]]}
