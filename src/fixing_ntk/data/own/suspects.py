"""Features that tell the target by themselves: most likely it in other words."""

import numpy as np
import pandas as pd

RIGHT = 0.99  # share of held-out rows, or of their variance, from which a feature is suspect
FOLDS = 4
DEPTH = 20  # of the tree: a million leaves, but no chain of as many as rows


def suspects(data):
    """Features from which alone a tree foretells nearly every held-out row.

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
    limit = RIGHT + (1.0 - RIGHT) * known  # errors are few also beside those of a guess
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
