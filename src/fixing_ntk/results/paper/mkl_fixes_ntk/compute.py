"""Compare the NTK's training objective with the MKL optimum, on every split of the accuracies."""

from fixing_ntk.results.claim_kinds import TOGETHER, claim_row

RECORDS = ["dataset", "split", "gap", "mkl_objective", "ntk_mkl_objective"]  # columns of records


def mkl_fixes_ntk(records):
    """Check that ``J(eta_ntk) >= min J``, at the mu of every common penalty.

    J(eta) is the ridge objective with the kernel weights eta, and eta_ntk are the NTK's weights.

    Parameters
    ----------
    records : pandas.DataFrame
        Records of every fit, with the columns `RECORDS` and ``protocol``.

    Returns
    -------
    data : dict of ndarray
        Empty: the figure `wins_by_lambda` shows these fits.
    rows : list of dict
        As `claims.claim_row` makes them.
    """
    fits = records.dropna(subset=["mkl_objective"])
    above = (fits.ntk_mkl_objective - fits.mkl_objective) / fits.mkl_objective
    splits = len(fits[["protocol", "dataset", "split"]].drop_duplicates())
    return {}, [
        claim_row(
            "MKL fixes the NTK: on no training set is its objective below the MKL optimum",
            TOGETHER,
            f"largest (J_mkl - J_ntk) / J_mkl of {len(fits):,} fits on {splits} training sets of "
            f"{fits.dataset.nunique()} datasets; median {-above.median():.3f}",
            -above.min(),
            fits.gap.max(),
            gap=fits.gap.max(),
            facts=dict(ntk_above_mkl=above.median(), training_sets=splits),
        )
    ]
