"""The SVM with the RBF kernel: one kernel matrix for each gamma serves every C."""

import numpy as np
from sklearn import config_context
from sklearn.metrics.pairwise import euclidean_distances
from sklearn.svm import SVC


def score_svm(X, y, X_out, y_out, candidates, machine=SVC, score=np.equal):
    """Score every C and gamma on held-out rows, as `cross_validate` asks for.

    Parameters
    ----------
    X, y, X_out, y_out : ndarray
        Rows to fit to and rows held out, features standardised by the former.
    candidates : list of dict
        Every ``C``, and for each every ``gamma``; C increases.
    machine : {SVC, SVR}
    score : function of predictions and targets
        Its mean is taken; by default that is the accuracy.

    Returns
    -------
    list of dict
        ``score`` of each candidate.
    """
    C, gamma = (list(dict.fromkeys(one[key] for one in candidates)) for key in ("C", "gamma"))
    scores = np.empty((len(C), len(gamma)))
    distances = euclidean_distances(X, squared=True)
    to_held_out = euclidean_distances(X_out, X, squared=True)
    with config_context(assume_finite=True, skip_parameter_validation=True):
        for j, one in enumerate(gamma):
            K, K_held_out = np.exp(-one * distances), np.exp(-one * to_held_out)
            for i, penalty in enumerate(C):
                model = machine(C=penalty, kernel="precomputed").fit(K, y)
                scores[i:, j] = np.mean(score(model.predict(K_held_out), y_out))
                if np.abs(model.dual_coef_).max() < penalty:
                    break  # no bound holds: any larger C has the same solution
    return [dict(score=value) for value in scores.ravel()]
