"""Write the first sentences of a run's page: MKL's count of datasets, and the claims that hold."""

from fixing_ntk.comparison.win_counts import PAPER
from fixing_ntk.results.pages.template_filters import apart, p_value


def opening(facts):
    """Return the first sentences of a run's page: on MKL against the NTK, then on the claims.

    Parameters
    ----------
    facts : dict of str to dict
        Facts by name of the table: ``uci_accuracy_PROTOCOL`` and ``claims``, where available.

    Returns
    -------
    list of str
        A text for each protocol in ``facts``, and a text on the claims.
    """
    sentences: list[str] = []
    for name in ("uci_accuracy_paper", "uci_accuracy_full", "uci_accuracy_folds"):
        if name in facts:
            sentences.append(_accuracy(facts[name], first=not sentences))
    if claims := facts.get("claims"):
        sentences.append(
            f"All {claims['theorems']} theorems hold, which checks the code, and {claims['held']} "
            f"of {claims['findings']} findings, which could have come out otherwise."
        )
    return sentences


def _accuracy(fact, first):
    """Return a text on MKL against the NTK in one protocol, from the facts of `uci_accuracy`.

    If ``first``, it states the paper's count beside the run's.
    """
    at_least, total = fact["each_split"]["at_least"], fact["datasets"]
    of_paper = f", where the paper reports {PAPER[0]} of {PAPER[1]}" if first else ""
    if first and total != PAPER[1]:
        of_paper += " other sets"
    splits = f"{fact['splits']} splits, on average" if fact["splits"] > 1 else "one split"
    p = f" (Wilcoxon p = {p_value(fact['wilcoxon'])})" if fact["wilcoxon"] is not None else ""
    return (
        f"Protocol {fact['protocol']}, {splits}: MKL is at least as accurate as the NTK on "
        f"{at_least:.3g} of {total} sets{of_paper}. On average it is {apart(fact['mean'])} the "
        f"NTK, at the median {apart(fact['median'])} it{p}."
    )
