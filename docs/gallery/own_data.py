# %% [markdown]
# # Own data to a saved model
#
# A table with numbers, a category and gaps becomes a certified fit, is written to a file, and
# predicts the same when it is read again. `fixing-ntk run` does this for a file of yours, with
# every method and splits. Here it is in a few lines.

# %%
import numpy as np
import pandas as pd
from sklearn.datasets import load_wine
from sklearn.pipeline import make_pipeline

from fixing_ntk import MKLClassifier
from fixing_ntk.data import own
from fixing_ntk.estimators import persistence

table = load_wine(as_frame=True).frame
table["colour"] = np.where(table.hue > 1, "deep", "pale")
table.loc[::17, "alcohol"] = np.nan
table["sample"] = np.arange(len(table))
table.to_csv("wine.csv", sep=";", decimal=",", index=False)

# %% [markdown]
# Separator and decimal mark are detected, and every column says what becomes of it: the number of
# the sample is left out.

# %%
data = own.read("wine.csv", "target")
print(data.read_as)
print(data.columns[["column", "kind", "missing", "becomes"]].tail(3).to_string(index=False))
assert not data.columns.set_index("column").used["sample"]

# %% [markdown]
# Preprocessing and classifier are one pipeline. The classifier is MKL at `p = 4/3` with the NTK
# among its kernels, which we recommend. The gap is of the function that predicts.

# %%
model = make_pipeline(
    own.preprocessor(data.columns, len(data.y)),
    MKLClassifier(lam="cv", cv=3, n_gates=200, p=4 / 3, ntk=True, random_state=0),
)
train = np.arange(len(data.y)) % 4 > 0
model.fit(data.X[train], data.y[train])
accuracy = model.score(data.X[~train], data.y[~train])
print(f"accuracy {accuracy:.3f}, certified to {model[-1].dual_gap_:.0e}")
assert accuracy > 0.9
assert model[-1].dual_gap_ <= 1e-6

# %% [markdown]
# What is saved is data, not code: reading it makes known types only, and runs nothing.

# %%
persistence.save(model, "wine.skops")
again = persistence.load("wine.skops")
assert (again.predict(data.X) == model.predict(data.X)).all()
print(pd.Series(again.predict(data.X[~train])).value_counts().to_string())
