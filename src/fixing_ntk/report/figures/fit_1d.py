"""Figure `fit_1d`: what the NTK fits, what IRLS makes of it, and the optimal MKL predictor."""

from matplotlib import colormaps

from fixing_ntk.report.figures import style


def draw(data):
    """Data of `experiments.fit_1d.fit_1d`."""
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

    iterations = [int(k) for k in data["iterations"]]
    shades = colormaps["viridis"]
    for j, k in enumerate(iterations):
        colour = shades(0.85 * j / max(len(iterations) - 1, 1))
        label = "0 (NTK weights)" if k == 0 else str(k)
        right.plot(data["grid"], data["irls"][j], color=colour, lw=1.1, label=label)
    right.legend(**style.BELOW, ncols=3, title="IRLS iteration", title_fontsize=8)
    style.label_panels((left, right))
    style.certificate(fig, max(data["ntk_gap"], data["mkl_gap"]))
    return fig
