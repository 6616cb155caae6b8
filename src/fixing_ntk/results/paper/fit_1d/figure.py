"""Figure `fit_1d`: what the NTK fits, what IRLS makes of it, and the optimal MKL predictor."""

from matplotlib.figure import Figure

from fixing_ntk.drawing import style

PREDICTORS = {
    "ntk": dict(color=style.NTK, ls="--", label=r"NTK, same $\lambda$"),
    "ntk_tuned": dict(color=style.CLOSED, ls="-.", label=r"NTK, tuned $\lambda$"),
    "mkl": dict(color=style.MKL, label="optimal MKL"),
}


def draw(data):
    """Data of `fit_1d.compute`."""
    kept = [str(k) for k in data["iterations"]]
    fig = Figure(figsize=(style.WIDTH, 3.6))
    axes = fig.subplot_mosaic([["predictors", k] for k in kept], sharex=True)
    left, right = axes["predictors"], [axes[k] for k in kept]
    left.plot(data["grid"], data["target"], color=style.LIGHT, lw=2.5, label="target")
    left.plot(data["x"], data["y"], "o", color="k", ms=2.8, zorder=4, label="data")
    for name, look in PREDICTORS.items():
        left.plot(data["grid"], data[name], **look)
    left.set(xlabel="$x$", ylabel="$f(x)$")
    left.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2)
    left.set_title(f"$\\lambda = {float(data['ratio']):g}\\,\\lambda_{{\\max}}$", loc="right")

    above = data["irls_objective"] / float(data["mkl_objective"]) - 1.0
    for ax, k, values, excess in zip(right, kept, data["irls"], above, strict=True):
        ax.plot(data["grid"], data["mkl"], color=style.MKL, lw=2.4, alpha=0.45)
        ax.plot(data["grid"], values, color="black", lw=0.9)
        start = " (NTK weights)" if k == "0" else ""
        text = f"$k = {k}${start}\nobjective $+{100 * excess:.2g}$ %"
        ax.text(0.99, 0.97, text, transform=ax.transAxes, ha="right", va="top", fontsize=6.5)
        ax.set_ylim(*left.get_ylim())
        ax.set_yticks([0.0])
        ax.tick_params(labelbottom=ax is right[-1])
    handles = [right[-1].lines[1], right[-1].lines[0]]
    labels = ["IRLS iteration $k$", "optimal MKL"]
    right[-1].set_xlabel("$x$")
    right[-1].legend(handles, labels, loc="upper center", bbox_to_anchor=(0.5, -0.95), ncols=2)
    style.label_panels((left, right[0]))
    style.certificate(fig, max(data["ntk_gap"], data["ntk_tuned_gap"], data["mkl_gap"]))
    return fig
