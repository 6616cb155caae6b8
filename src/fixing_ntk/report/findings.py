"""Sections of the README whose numbers come from the published tables.

``python -m fixing_ntk.report.findings`` fills the templates in `docs/findings/` from
`results/published/` and writes them to the README, each between its marks.
"""

import re
import textwrap
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from fixing_ntk.evaluation import draws, ranks
from fixing_ntk.evaluation.claims import THEOREM
from fixing_ntk.evaluation.comparisons import paired_tests, wins_ties_losses
from fixing_ntk.evaluation.foretelling import PREDICTORS, excludes_zero
from fixing_ntk.report.tables.at_least_as_accurate import best_common
from fixing_ntk.report.tables.baselines import NAMES


def written(readme, templates, published):
    """The README with every section filled anew.

    Parameters
    ----------
    readme : str
        Each section between ``<!-- NAME: ... -->`` and ``<!-- end of NAME -->``.
    templates, published : str or Path
        Folders of the templates ``NAME.md.j2``, and of the tables.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        Naming a template that has no place in the README.
    """
    environment = Environment(
        loader=FileSystemLoader(templates),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= dict(tables=Tables(published), percent=percent)
    environment.filters |= {f.__name__: f for f in FILTERS}
    for path in sorted(Path(templates).glob("*.md.j2")):
        name = path.name.removesuffix(".md.j2")
        text = environment.get_template(path.name).render().strip()
        begin, end = rf"(<!-- {name}: .*? -->\n)", rf"(<!-- end of {name} -->)"
        found = re.search(f"{begin}.*?{end}", readme, re.DOTALL)
        if not found:
            raise ValueError(f"README.md has no place for {path}: put the comments of {name} there")
        readme = f"{readme[: found.end(1)]}{wrapped(text)}\n{readme[found.start(2) :]}"
    return readme


def wrapped(text):
    """Markdown whose paragraphs and items have lines of `WIDTH`; tables and pictures stay."""
    fill = textwrap.TextWrapper(WIDTH, break_long_words=False, break_on_hyphens=False)
    filled = []
    for block in re.split(r"(\n\n|\n(?=- ))", text):
        if block.strip() and not block.startswith(("|", "!")):
            fill.subsequent_indent = "  " if block.startswith("- ") else ""
            block = fill.fill(" ".join(block.split()))
        filled.append(block)
    return "".join(filled)


WIDTH = 104


class Tables:
    """Numbers of the published tables, by what a sentence says of them."""

    def __init__(self, folder):
        self.folder = Path(folder)

    def read(self, name):
        """Table of a name, as its CSV file holds it."""
        return pd.read_csv(self.folder / f"{name}.csv")

    @property
    def claims(self):
        """Number of claims that were checked, that hold, and of theorems among them."""
        rows = self.read("claims")
        theorems = int((rows.kind == THEOREM).sum())
        held = int((rows.verdict == "holds").sum())
        return SimpleNamespace(
            number=len(rows), held=held, theorems=theorems, findings=len(rows) - theorems
        )

    def claim(self, claim, quantity=""):
        """Number that checks the one claim whose text and quantity contain these words."""
        return float(self._claim(claim, quantity).value)

    def quoted(self, claim, quantity, pattern):
        """Numbers that a pattern's groups find in the quantity of a claim, as they stand there."""
        text = self._claim(claim, quantity).quantity
        found = re.search(pattern, text)
        if not found:
            raise ValueError(f"{pattern!r} is not in {text!r}")
        return found.groups() if found.re.groups > 1 else found[1]

    def _claim(self, claim, quantity):
        rows = self.read("claims")
        found = rows[rows.claim.str.contains(claim, regex=False)]
        found = found[found.quantity.str.contains(quantity, regex=False)]
        if len(found) != 1:
            raise ValueError(f"{len(found)} claims contain {claim!r} and {quantity!r}, not one")
        return found.iloc[0]

    def accuracy(self, protocol):
        """MKL against the NTK, each tuned, over the datasets of a protocol."""
        rows = self.read(f"uci_accuracy_{protocol}").dropna(subset=["ntk", "mkl"])
        rows = rows.assign(points=100 * (rows.mkl - rows.ntk))
        count = wins_ties_losses(rows.mkl, rows.ntk)
        varies = rows.dropna(subset=["ntk_std"])
        return SimpleNamespace(
            datasets=len(rows),
            splits=int(rows.splits.max()),
            **count,
            at_least=count["wins"] + count["ties"],
            mean=rows.points.mean(),
            best=rows.nlargest(3, "points"),
            worst=rows.nsmallest(3, "points"),
            **paired_tests(rows.mkl, rows.ntk),
            ntk_varies_less=int((varies.ntk_std < varies.mkl_std).sum()),
        )

    def same_lambda(self, protocol):
        """Penalties at which MKL is at least as accurate as the sampled NTK on most and fewest."""
        rows = self.read(f"wins_by_lambda_{protocol}").query("against == 'ntk_sampled'")
        rows = rows.assign(at_least=rows.wins + rows.ties)
        most, fewest = rows.loc[rows.at_least.idxmax()], rows.loc[rows.at_least.idxmin()]
        return SimpleNamespace(most=most, fewest=fewest, datasets=int(most[_COUNTS].sum()))

    @property
    def count(self):
        """The paper's count under each reading, rows of `at_least_as_accurate`."""
        rows = self.read("at_least_as_accurate")
        by_reading = {reading: rows[rows.reading == reading].iloc[0] for reading in _ALONE}
        return SimpleNamespace(
            tuned=by_reading[draws.TUNED],
            bound=by_reading[draws.BEST],
            same=best_common(rows),
            paper=draws.PAPER,
        )

    @property
    def foretold(self):
        """Number of predictors in `who_wins`, and the rows whose interval excludes zero."""
        rows = self.read("who_wins")
        rows = rows.assign(words=rows.predictor.map(PREDICTORS))
        return SimpleNamespace(number=len(rows), telling=rows[excludes_zero(rows)])

    def ranks(self, protocol):
        """Average ranks of all methods, best first, and what tells them apart."""
        accuracies = self.read(f"baselines_{protocol}")[list(NAMES)].dropna()
        return SimpleNamespace(
            average=ranks.average_ranks(accuracies).rename(NAMES).to_dict(),
            difference=ranks.critical_difference(accuracies.shape[1], len(accuracies)),
            friedman=ranks.friedman(accuracies),
            p={method: ranks.against(accuracies, method) for method in NAMES},
            mean=(100 * accuracies.mean()).to_dict(),
        )

    def masks(self, rank):
        """Of one rank in `mask_count`: gates that come near, and test errors, least and last."""
        rows = self.read("mask_count")
        rows = rows[rows["rank"] == rank].set_index("gates")
        return SimpleNamespace(
            rank=rank,
            within=lambda share: int(rows.index[rows.above <= share][0]),
            arrangements=int(rows.arrangements.iloc[0]),
            **{
                name: SimpleNamespace(
                    at=int(rows[name].idxmin()), least=rows[name].min(), last=rows[name].iloc[-1]
                )
                for name in ("test", "tuned")
            },
            last=int(rows.index[-1]),
        )

    @property
    def rates(self):
        """Rows of `prediction_error` at the most samples, by active masks of the teacher."""
        rows = self.read("prediction_error")
        last = rows[rows.samples == rows.samples.max()].set_index("active")
        return SimpleNamespace(rows=last, samples=int(rows.samples.max()))

    @property
    def converted(self):
        """Rows of `gated_to_relu`, the datasets' alone."""
        rows = self.read("gated_to_relu")
        return rows[rows.problem != "teacher"]

    @property
    def speed(self):
        """Best peer's time over ours and our time in passes, medians, by gap and penalty."""
        rows = self.read("bench/ratios")
        over = {
            name: rows[rows.instance == name].pivot(index="gap", columns="ratio", values="speedup")
            for name in ("median", "least")
        }
        passes = rows[rows.instance == "median"].pivot(
            index="gap", columns="ratio", values="passes"
        )
        cells = rows[~rows.instance.isin(["median", "least"])]
        return SimpleNamespace(
            **over,
            passes=passes,
            instances=cells.instance.nunique(),
            gaps=sorted(over["median"].index, reverse=True),
            ratios=sorted(over["median"].columns, reverse=True),
        )


_COUNTS = ["wins", "ties", "losses"]
_ALONE = (draws.TUNED, draws.BEST)  # readings of one row


def short(value):
    """A ratio to two digits, as people write it."""
    return f"{value:.1f}" if value < 9.95 else f"{value:.0f}"


def percent(share):
    """A share, or its text, in whole per cent."""
    return f"{100 * float(share):.0f}"


def power(value):
    """A power of ten, 1e-6."""
    return f"1e{round(np.log10(value))}"


def words(number):
    """A small number as a word, a larger one in digits."""
    return _WORDS[number] if number < len(_WORDS) else f"{number:,}"


def tally(row):
    """Wins, ties and losses of a row, parted by strokes."""
    return f"{row.wins}/{row.ties}/{row.losses}"


def spread(row):
    """Mean of a count with its range."""
    return f"{row['mean']:.1f} ({row.low:.0f} to {row.high:.0f})"


def likely(row):
    """A probability and its standard error, in per cent."""
    return f"{100 * row.probability:.2g} ± {100 * row.probability_se:.1g} %"


def apart(points):
    """How far above or below, in points."""
    return f"{abs(points):.1f} points {'above' if points > 0 else 'below'}"


def listed(rows):
    """Datasets with MKL's accuracy above the NTK's, and training rows n."""
    return ", ".join(f"{row.dataset} {row.points:+.1f} (n = {row.n})" for row in rows.itertuples())


def ranked(ranks):
    """Methods with their ranks."""
    return ", ".join(f"{name} {rank:.2f}" for name, rank in ranks.items())


FILTERS = (short, power, words, tally, spread, likely, apart, listed, ranked)
_WORDS = [
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
]


def main():
    root = Path()
    readme = root / "README.md"
    readme.write_text(
        written(readme.read_text(), root / "docs/findings", root / "results/published")
    )


if __name__ == "__main__":
    main()
