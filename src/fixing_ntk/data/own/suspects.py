"""Find features that predict the target by themselves: most likely they are the target itself."""

import numpy as np
import pandas as pd

RIGHT = 0.99  # accuracy, or R², on held-out rows from which a feature is suspect
FOLDS = 4
DEPTH = 20  # maximum depth of the tree: enough for a million leaves, and no chain as long as n


def suspects(data):
    """Return the names of the features each of which alone predicts nearly every held-out row.

    A tree is fitted to each feature. Its score is the mean accuracy, or R², of a cross-validation
    that keeps the rows of a group in the same fold. A feature is suspect if the score is at least
    `RIGHT` for a real target, and ``RIGHT + (1 - RIGHT) s`` for classes, with s the share of the
    largest class. With fewer groups than `FOLDS` no feature is suspect.

    Parameters
    ----------
    data : OwnData

    Returns
    -------
    list of str
    """
    from sklearn.model_selection import GroupKFold, cross_val_score
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    if len(np.unique(data.groups)) < FOLDS:
        return []
    limits = dict(max_depth=DEPTH, random_state=0)
    tree, known = DecisionTreeRegressor(**limits), 0.0
    if data.task == "classification":
        tree = DecisionTreeClassifier(**limits)
        known = pd.Series(data.y).value_counts(normalize=True).iloc[0]
    limit = RIGHT + (1.0 - RIGHT) * known  # so that errors are few compared with a guess's, too
    found = []
    for name in data.X:
        codes = data.X[name]
        if not pd.api.types.is_numeric_dtype(codes):
            codes = pd.Series(pd.factorize(codes)[0])

        score = cross_val_score(
            *(tree, codes.to_numpy(float)[:, None], data.y),
            cv=GroupKFold(FOLDS),
            groups=data.groups,
        ).mean()
        if score >= limit:
            found.append(name)
    return found
