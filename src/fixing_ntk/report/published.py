"""Numbers of the published tables, for the sentences that state them."""

import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd

from fixing_ntk.evaluation import contest, draws, ranks
from fixing_ntk.evaluation.claims import THEOREM
from fixing_ntk.evaluation.comparisons import regret, wins_ties_losses
from fixing_ntk.evaluation.foretelling import PREDICTORS, excludes_zero
from fixing_ntk.evaluation.methods import NAMES, methods
from fixing_ntk.evaluation.significance import paired_tests
from fixing_ntk.report.tables.at_least_as_accurate import best_common


class Tables:
    """Numbers of the published tables, by what a sentence says of them.

    Parameters
    ----------
    folder : str or Path
        Of the tables.
    project : str or Path
        Whose configuration is planned.
    """

    def __init__(self, folder, project="."):
        self.folder, self.project = Path(folder), Path(project)

    def read(self, name):
        """Table of a name, as its CSV file holds it."""
        return pd.read_csv(self.folder / f"{name}.csv")

    @property
    def claims(self):
        """Number of claims that hold, of theorems, and of findings."""
        rows = self.read("claims")
        theorems = int((rows.kind == THEOREM).sum())
        held = int((rows.verdict == "holds").sum())
        return SimpleNamespace(held=held, theorems=theorems, findings=len(rows) - theorems)

    def quoted(self, claim, quantity, pattern):
        """What a pattern's group finds in the quantity of the one claim with these words."""
        text = self._claim(claim, quantity).quantity
        found = re.search(pattern, text)
        if not found:
            raise ValueError(f"{pattern!r} is not in {text!r}")
        return found[1]

    def claim_value(self, claim):
        """Value of the one claim with these words."""
        return float(self._claim(claim, "").value)

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

    def stopped(self, protocol):
        """MKL stopped early over the datasets of a protocol, against NTK, MKL, and the better."""
        rows = self.read(f"uci_accuracy_{protocol}").dropna(subset=["ntk", "mkl"])
        below = 100 * regret(rows.stopped, rows.ntk, rows.mkl)
        against = {name: wins_ties_losses(rows.stopped, rows[name]) for name in ("ntk", "mkl")}
        return SimpleNamespace(
            mean=below.mean(),
            most=below.max(),
            worst=rows.dataset.iloc[int(np.argmax(below))],
            **{name: SimpleNamespace(**count) for name, count in against.items()},
        )

    @property
    def map(self):
        """Cells of `when_it_pays`, and the line between MKL and the NTK."""
        cells = self.read("when_it_pays")
        lines, stops = contest.lines(cells), cells.dropna(subset=["stopped_ratio"])
        sure = cells[cells.sure]

        def line(teacher, n):
            """Least and most units at the line, over dimensions."""
            units = lines[(lines.teacher == teacher) & (lines.n == n)].units
            run = cells.units.min(), cells.units.max()
            return SimpleNamespace(low=units.min(), high=units.max(), run=run)

        return SimpleNamespace(
            cells=cells,
            line=line,
            samples=sorted(cells.n.unique()),
            dimensions=sorted(cells.d.unique()),
            mkl=int((sure.ratio < 1).sum()),
            ntk=int((sure.ratio > 1).sum()),
            stops=len(stops),
            mean=float(np.exp(np.log(stops.stopped_ratio).mean())),
            worst=stops.loc[stops.stopped_ratio.idxmax()],
        )

    def same_lambda(self, protocol):
        """Penalties at which MKL is at least as accurate as the sampled NTK on most and fewest."""
        rows = self.read(f"wins_by_lambda_{protocol}").query("against == 'ntk_sampled'")
        rows = rows.assign(at_least=rows.wins + rows.ties)
        most, fewest = rows.loc[rows.at_least.idxmax()], rows.loc[rows.at_least.idxmin()]
        return SimpleNamespace(
            most=most, fewest=fewest, datasets=int(most[["wins", "ties", "losses"]].sum())
        )

    @property
    def count(self):
        """The paper's count under each reading, rows of `at_least_as_accurate`."""
        rows = self.read("at_least_as_accurate")

        def alone(reading):
            return rows[rows.reading == reading].iloc[0]

        return SimpleNamespace(
            tuned=alone(draws.TUNED),
            bound=alone(draws.BEST),
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
        table = self.read(f"baselines_{protocol}")
        accuracies = table[methods(table)].dropna()
        return SimpleNamespace(
            average=ranks.average_ranks(accuracies).rename(NAMES).to_dict(),
            difference=ranks.critical_difference(accuracies.shape[1], len(accuracies)),
            p={method: ranks.against(accuracies, method) for method in ("mkl", "ntk")},
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
    def growth(self):
        """By penalty the exponent of time in n of the solver for many samples; its largest row."""
        rows = self.read("bench/scaling").query("axis == 'n' and method == 'newton_cg'")
        exponent = {
            ratio: np.polyfit(np.log(part.n), np.log(part.seconds), 1)[0]
            for ratio, part in rows.groupby("ratio")
        }
        last = rows[rows.n == rows.n.max()].set_index("ratio")
        return SimpleNamespace(exponent=exponent, last=last, fewest=rows.n.min(), most=rows.n.max())

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
