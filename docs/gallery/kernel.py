# %% [markdown]
# # A kernel learned and looked at
#
# The NTK weighs every mask by the share of Gaussian gates that give it, whatever the labels say.
# Learning keeps the few masks that explain them. Here the labels come from a gated network of two
# gates.

# %%
import matplotlib.pyplot as plt
import numpy as np

from fixing_ntk import MaskSet, lambda_max, solve
from fixing_ntk.kernels import ntk
from fixing_ntk.programs import MaskedDesign, mkl_objective, mu_from_lam

rng = np.random.default_rng(0)
n, d = 120, 3
X = rng.standard_normal((n, d))
gates, weights = rng.standard_normal((2, d, 2))
y = np.sum((X @ gates >= 0) * (X @ weights), axis=1) + 0.1 * rng.standard_normal(n)

masks = MaskSet.sample(X, n_gates=2000, seed=0)
lam = 0.05 * lambda_max(X, y, masks)
solution = solve(X, y, masks, lam, tol=1e-8)
print(f"{len(masks)} masks, {solution.n_active} active, certified to {solution.gap:.0e}")
assert solution.gap <= 1e-8
assert solution.n_active < len(masks) / 20

# %% [markdown]
# The same training problem, with both kernels: the value of ridge regression is lower with the
# learned one.

# %%
mu = mu_from_lam(lam, solution.active_weights)
design = MaskedDesign(X, masks)
kernels = {"NTK": design.kernel(masks.ntk_weights), "learned": design.kernel(solution.eta)}
fixed, learned = (mkl_objective(K, y, mu) for K in kernels.values())
print(f"J at the NTK's weights {fixed:.3f}, at the learned ones {learned:.3f}")
assert learned < fixed

# %% [markdown]
# Both kernel matrices, samples in the order of their target, and the weights behind them.

# %%
order = np.argsort(y)
closed_form = ntk(X)
difference = np.linalg.norm(kernels["NTK"] - closed_form) / np.linalg.norm(closed_form)
print(f"drawn gates are {100 * difference:.1f} % from the closed form of the NTK")
assert difference < 0.1

fig, axes = plt.subplots(1, 3, figsize=(8.5, 2.8), layout="constrained")
for ax, (name, K) in zip(axes, kernels.items(), strict=False):
    scale = np.sqrt(np.diag(K)) + 1e-9
    correlation = K / np.outer(scale, scale)
    ax.imshow(correlation[np.ix_(order, order)], cmap="PuOr_r", vmin=-1, vmax=1)
    ax.set(title=f"{name} kernel, as correlation", xticks=[], yticks=[], xlabel="samples by target")
for name, values, style in (("NTK", masks.ntk_weights, "-"), ("learned", solution.eta, "o")):
    ranked = np.sort(values[values > 0])[::-1]
    axes[2].loglog(np.arange(1, len(ranked) + 1), ranked, style, ms=4, label=name)
axes[2].set(xlabel="masks, largest first", ylabel="kernel weight", title="weights of the masks")
axes[2].legend()
fig.savefig("kernel.svg")
