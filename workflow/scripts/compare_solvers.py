"""Compare the Newton and the conic solver, on some datasets all solvers, on the first split."""

# Each solver runs in a spawned process, which imports this file and needs none of these.
if __name__ == "__main__":
    import pandas as pd

    from fixing_ntk.data import splits
    from fixing_ntk.masks.storage import load_masks
    from fixing_ntk.pipeline.logs import log_to
    from fixing_ntk.results.beyond.solvers.compute import solvers

    log_to(snakemake.log[0], snakemake.output)
    (split,) = splits.load(snakemake.input.data, [0])
    masks = load_masks(snakemake.input.masks)[0]
    rows = solvers(split, masks, **snakemake.params.arguments)
    pd.DataFrame(rows).to_csv(snakemake.output[0], index=False, lineterminator="\n")
