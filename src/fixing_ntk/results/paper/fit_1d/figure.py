"""Figure `fit_1d`: what the NTK fits, what IRLS makes of it, and the optimal MKL predictor."""

from matplotlib import colormaps

from fixing_ntk.drawing import style

LINES = ("-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1)))  # of iterations, the first the NTK's


def draw(data):
    """Data of `fit_1d.compute`."""
    fig, (left, right) = style.figure(1, 2, height=3.1, sharey=True)
    for ax in (left, right):
        ax.plot(data["grid"], data["target"], color=style.LIGHT, lw=2.5, zorder=1)
        ax.plot(data["x"], data["y"], "o", color="k", ms=2.8, zorder=4)
        ax.set_xlabel("$x$")
    left.plot(data["grid"], data["ntk"], "--", color=style.NTK, label="NTK (closed form)")
    left.plot(data["grid"], data["mkl"], color=style.MKL, label="optimal MKL")
    left.set_ylabel("$f(x)$")
    for line, name in zip(left.lines, ("target", "data"), strict=False):
        line.set_label(name)
    left.legend(**style.BELOW, ncols=2)
    left.set_title(f"$\\lambda = {float(data['ratio']):g}\\,\\lambda_{{\\max}}$", loc="right")

    looks = iteration_looks(len(data["iterations"]))
    for k, values, look in zip(data["iterations"], data["irls"], looks, strict=True):
        label = "0 (NTK weights)" if k == 0 else str(k)
        right.plot(data["grid"], values, lw=1.1, label=label, **look)
    right.legend(**style.BELOW, ncols=3, title="IRLS iteration", title_fontsize=8, handlelength=2.8)
    style.label_panels((left, right))
    style.certificate(fig, max(data["ntk_gap"], data["mkl_gap"]))
    return fig


def iteration_looks(count):
    """Colours from dark to light over ``count`` iterations, and line styles for print in grey."""
    shades = colormaps["viridis"]
    return [
        dict(color=shades(0.85 * j / max(count - 1, 1)), ls=LINES[j % len(LINES)])
        for j in range(count)
    ]
