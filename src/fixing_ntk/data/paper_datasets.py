"""
Groups of the UCI collection's two-class sets, and the rule that selects the paper's 33 sets.

The paper reports on 33 sets and names none. That they are those of `PAPER` is an inference: it
follows "the procedure described in [43] for n <= 1000", and the published procedure of NTK
experiments on this collection (Arora, Du, Li, Salakhutdinov, Wang, Yu, "Harnessing the power of
infinitely wide deep nets on small-data tasks", ICLR 2020) reads the description of each set and
skips those with more rows than a bound or with a test file of their own. With the paper's bound and
two classes this rule, `in_paper`, leaves 33 of the collection's 121 sets, as many as the paper
counts. What [43] is, we do not know.
"""

MAX_ROWS = 1000  # the bound that the paper states

PAPER: tuple[str, ...] = (
    "acute-inflammation",
    "acute-nephritis",
    "balloons",
    "blood",
    "breast-cancer",
    "breast-cancer-wisc",
    "breast-cancer-wisc-diag",
    "breast-cancer-wisc-prog",
    "congressional-voting",
    "conn-bench-sonar-mines-rocks",
    "credit-approval",
    "cylinder-bands",
    "echocardiogram",
    "fertility",
    "haberman-survival",
    "heart-hungarian",
    "hepatitis",
    "ilpd-indian-liver",
    "ionosphere",
    "mammographic",
    "molec-biol-promoter",
    "musk-1",
    "oocytes_trisopterus_nucleus_2f",
    "parkinsons",
    "pima",
    "pittsburg-bridges-T-OR-D",
    "planning",
    "statlog-australian-credit",
    "statlog-german-credit",
    "statlog-heart",
    "tic-tac-toe",
    "trains",
    "vertebral-column-2clases",
)

# The two-class sets with fewer than 3000 rows in the experiments of SCNN (Mishkin, Sahiner,
# Pilanci, "Fast convex optimization for two-layer ReLU networks", ICML 2022): also 33.
SCNN: tuple[str, ...] = (
    "blood",
    "breast-cancer",
    "congressional-voting",
    "conn-bench-sonar-mines-rocks",
    "credit-approval",
    "cylinder-bands",
    "echocardiogram",
    "fertility",
    "haberman-survival",
    "heart-hungarian",
    "hepatitis",
    "hill-valley",
    "horse-colic",
    "ilpd-indian-liver",
    "ionosphere",
    "mammographic",
    "molec-biol-promoter",
    "monks-1",
    "monks-2",
    "monks-3",
    "musk-1",
    "ozone",
    "parkinsons",
    "pima",
    "pittsburg-bridges-T-OR-D",
    "planning",
    "spect",
    "spectf",
    "statlog-australian-credit",
    "statlog-german-credit",
    "statlog-heart",
    "tic-tac-toe",
    "vertebral-column-2clases",
)
LARGER: tuple[str, ...] = ("chess-krvkp", "ringnorm", "spambase", "twonorm")
UCI: tuple[str, ...] = tuple(sorted({*PAPER, *SCNN, *LARGER}))


def in_paper(description: dict[str, str]) -> bool:
    """
    Say whether a set is one of the paper's by the rule that we infer.

    The rule is two classes, at most `MAX_ROWS` rows, and no second file.

    Parameters
    ----------
    description
        From `readers.read_description`.
    """
    return (
        description["n_clases"] == "2"
        and int(description["n_patrons1"]) <= MAX_ROWS
        and "fich2" not in description
    )
