# %% [markdown]
# # A ReLU network trained to its optimum
#
# A two-layer ReLU network on a small problem in the plane: all arrangements are enumerated, the
# convex program over them is solved to a certified gap, and the network is read off. L-BFGS from
# random starts cannot go below it, and often ends above.

# %%
import matplotlib.pyplot as plt
import numpy as np

from fixing_ntk import MaskSet, lambda_max, solve_relu, to_network
from fixing_ntk.relu import network_objective, network_output, train

rng = np.random.default_rng(1)
n = 12
x = np.sort(rng.uniform(-2, 2, n))
X = np.column_stack([x, np.ones(n)])  # the bias makes it two dimensions
y = rng.standard_normal(n)

masks = MaskSet.enumerate(X)
lam = 0.03 * lambda_max(X, y, masks)
solution = solve_relu(X, y, masks, lam, tol=1e-6)
print(f"all {len(masks)} arrangements; objective {solution.objective:.6f}, gap {solution.gap:.0e}")
assert solution.gap <= 1e-6

# %% [markdown]
# The network has the same objective in its own, non-convex form.

# %%
network = to_network(solution)
optimum = network_objective(*network, X, y, lam)
print(f"{network[0].shape[1]} neurons; non-convex objective {optimum:.6f}")
assert abs(optimum - solution.objective) <= 1e-6 * solution.objective

# %% [markdown]
# Ten networks of eight neurons, more than the optimum has, trained from random starts: none is
# below the certified optimum, and most end percents above it.

# %%
runs = [train(X, y, lam, width=8, seed=seed, max_iter=1000) for seed in range(10)]
above = np.array([run.objective for run in runs]) / solution.objective - 1
print(f"above the optimum: least {100 * above.min():.3f} %, median {100 * np.median(above):.2f} %")
assert above.min() > -1e-6
assert np.median(above) > 0.01
assert network[0].shape[1] <= 8

# %%
points = np.column_stack([grid := np.linspace(-2.3, 2.3, 400), np.ones(400)])
worst = runs[int(np.argmax(above))]
fig, (left, right) = plt.subplots(1, 2, figsize=(8.5, 2.8), layout="constrained")
left.plot(x, y, "k.", label="samples")
left.plot(grid, network_output(*network, points), color="#E66101", label="certified optimum")
trained = network_output(worst.first, worst.second, points)
left.plot(grid, trained, "--", color="#5E3C99", label="worst of the trained")
left.set(xlabel="x", ylabel="prediction")
left.legend()
right.plot(np.sort(100 * above), ".-", color="#5E3C99")
right.axhline(0, color="#E66101")
right.set(xlabel="random start, sorted", ylabel="above the optimum, %")
fig.savefig("relu_network.svg")
