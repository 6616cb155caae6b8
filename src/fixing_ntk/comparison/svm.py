"""Score the SVM with the RBF kernel on a grid; each gamma's kernel matrix serves every C."""

import numpy as np
from sklearn import config_context
from sklearn.metrics.pairwise import euclidean_distances
from sklearn.svm import SVC


def score_svm(X, y, X_out, y_out, candidates, machine=SVC, score=np.equal):
    """Score an RBF SVM on held-out rows at every C and gamma, in the form for `cross_validate`.

    For each gamma C grows until no dual coefficient is at its bound. Larger C have the same
    solution, so they get the same score without a fit.

    Parameters
    ----------
    X, y, X_out, y_out : ndarray
        Rows to fit to and held-out rows; features are standardised by the rows to fit to.
    candidates : list of dict
        All pairs of ``C`` and ``gamma``, ordered by C, which increases; every C has the same gammas
        in the same order.
    machine : {SVC, SVR}
        Class of scikit-learn that is fitted.
    score : function of predictions and targets
        Score of each row, or of all rows; larger is better. The mean is the candidate's score, by
        default the accuracy.

    Returns
    -------
    list of dict
        ``score`` of each candidate, in their order.
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
                    break  # no coefficient is at its bound C: any larger C has the same solution
    return [dict(score=value) for value in scores.ravel()]
