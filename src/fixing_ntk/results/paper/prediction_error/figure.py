"""Figure `prediction_error`: error and support of the group lasso against samples."""

import numpy as np

from fixing_ntk.drawing import style
from fixing_ntk.results.paper.prediction_error.compute import precision

Z95 = 1.96
RATE = (0, (1, 2))


def draw(data):
    """Return the figure: prediction error (left) and two shares of masks (right), by samples.

    One share is of the teacher's masks, those that are active in the fit. The other is of the
    active masks, those that are the teacher's. The right panel has both.

    Parameters
    ----------
    data : mapping
        Arrays of `prediction_error.compute`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    fig, (left, right) = style.figure(1, 2, height=2.7)
    n, right_share = data["samples"], precision(data["active"], data["found"], data["chosen"])
    looks = style.looks(len(data["active"]))
    for i, (s, look) in enumerate(zip(data["active"], looks, strict=True)):
        band(left, n, data["error"][i], f"$s = {s}$: slope ${data['slopes'][i]:.2f}$", look)
        # The rate, scaled to equal the error at the last n.
        rate = data["rate"][i] * data["error"][i, -1].mean() / data["rate"][i, -1]
        left.plot(n, rate, color=look["color"], lw=0.7, ls=RATE)
        band(right, n, data["found"][i], None, look)
        band(right, n, right_share[i], None, look | dict(mfc="white", lw=0.8))
    left.plot([], [], color=style.NEUTRAL, lw=0.7, ls=RATE, label=r"$\propto s\,(d + \log p)/n$")
    left.set(xscale="log", yscale="log", xlabel="samples $n$")
    left.set_ylabel(r"prediction error $\frac{1}{n}\|\hat f - f^\star\|^2$")
    left.set_ylim(bottom=data["error"].mean(axis=2).min() / 10)
    left.legend(loc="lower left", fontsize=7)
    shares = {"teacher's masks, active": style.NEUTRAL, "active masks, the teacher's": "white"}
    for name, face in shares.items():
        right.plot([], [], "o-", color=style.NEUTRAL, mfc=face, ms=3, label=name)
    right.set(xscale="log", xlabel="samples $n$", ylabel="share of masks", ylim=(0, 1.05))
    right.legend(loc="lower right", fontsize=7)
    style.label_panels((left, right))
    style.certificate(fig, data["gap"])
    return fig


def band(ax, n, values, label, look):
    """Draw the mean over s seeds of ``values`` (m, s), with a 95 % confidence band, at n (m,).

    The band is 1.96 standard errors of the mean to either side. ``look`` are keywords of
    matplotlib's ``plot``.
    """
    mean = values.mean(axis=1)
    half = Z95 * values.std(axis=1, ddof=1) / np.sqrt(values.shape[1])
    ax.plot(n, mean, label=label, ms=3, **look)
    ax.fill_between(n, mean - half, mean + half, color=look["color"], alpha=0.18, lw=0)
