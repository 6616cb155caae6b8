"""Compare the NTK's training objective with the MKL optimum, on every split of the accuracies."""

from fixing_ntk.results.claim_kinds import TOGETHER, claim_row

RECORDS = ["dataset", "split", "gap", "mkl_objective", "ntk_mkl_objective"]  # columns of records


def mkl_fixes_ntk(records):
    """Check that ``J(eta_ntk) >= min J`` on every training set, at common and tuned penalties.

    J(eta) is the ridge objective with the kernel weights eta, at the mu that corresponds to a
    penalty lam of MKL. eta_ntk are the NTK's weights of the drawn gates, after division by their
    sum.

    Parameters
    ----------
    records : pandas.DataFrame
        Records of every fit, with the columns `RECORDS` and ``protocol``. Those without
        ``mkl_objective`` are not used: fits of other methods or stages, and zero weights.

    Returns
    -------
    data : dict of ndarray
        Empty: the figure `wins_by_lambda` shows the fits at common penalties.
    rows : list of dict
        One row, as `claim_kinds.claim_row` makes it. The value is the largest ``(min J -
        J(eta_ntk)) / min J`` of all fits.
    """
    fits = records.dropna(subset=["mkl_objective"])
    fits = fits.drop_duplicates()  # a tuned penalty that is also a common one has two records
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
