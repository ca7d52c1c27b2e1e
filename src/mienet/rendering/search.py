"""The table of a search: its rows, and its sentences."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mienet.rendering.sweep import SweepTable
from mienet.sweeps.search_trials import SearchFacts

STATES = {"done": "done", "stopped": "stopped early", "failed": "failed", "open": "not done"}
MOST_NAMED = 10
"""Groups named in a sentence."""


@dataclass(frozen=True)
class SearchRow:
    """One training of a search.

    Attributes:
        number: Which, from 1.
        state: ``done``, ``stopped`` early, ``failed``, or ``open`` before it is over.
        problem: Why it failed.
        score: By the videos that judge, after its last epoch, from 0 to 1; None without any.
        epochs: After which it was judged.
        chosen: By axis the number, or the name of the value.
    """

    number: int
    state: str
    problem: str
    score: float | None
    epochs: int
    chosen: Mapping[str, str | float]


@dataclass(frozen=True, eq=False)
class SearchTable:
    """What a search found.

    Attributes:
        trials: In the order in which they were chosen.
        facts: Which videos were learned from, judged and were held out.
        score_is: What the score measures, in words.
        axes: What was chosen, in the order of the plan.
        best: Number of the best training; None if none came to its end.
        test: The recipe and what was found, on the held-out videos; None before that.
        command: That trains with what was found.
        folder: Where the search is.
    """

    trials: Sequence[SearchRow]
    facts: SearchFacts
    score_is: str
    axes: Sequence[str]
    best: int | None
    test: SweepTable | None
    command: str
    folder: Path

    @property
    def problems(self) -> list[str]:
        """Returns a line for each training that failed or is not done, those of the test too."""
        own = [
            f"training {row.number}: {row.problem or STATES[row.state]}"
            for row in self.trials
            if row.state in ("failed", "open")
        ]
        return [*own, *(self.test.problems if self.test else ())]

    def ranked(self) -> list[SearchRow]:
        """Returns the trainings that came to their end, the best first, and then the others."""
        return sorted(
            self.trials,
            key=lambda row: (row.state != "done", -(row.score or 0), row.number),
        )

    def rows(self) -> list[dict[str, Any]]:
        """Returns a row a training in order, scores from 0 to 1."""
        return [
            {
                "training": row.number,
                "state": row.state,
                "score": row.score,
                "epochs": row.epochs,
                # As text, since numbers would be rounded to four digits behind the point.
                **{axis: str(row.chosen[axis]) for axis in self.axes},
                "problem": row.problem,
            }
            for row in self.trials
        ]

    def cells(self) -> list[list[str]]:
        """Returns the table as people read it: its titles, and the trainings, the best first."""
        titles = ["training", "score", "epochs", *self.axes, ""]
        return [
            titles,
            *(
                [
                    str(row.number),
                    "-" if row.score is None else f"{100 * row.score:.1f}",
                    str(row.epochs),
                    *(str(row.chosen[axis]) for axis in self.axes),
                    "best" if row.number == self.best else STATES[row.state],
                ]
                for row in self.ranked()
            ),
        ]

    def sentences(self) -> Iterator[str]:
        """Yields what a reader has to know of the table."""
        facts = self.facts
        counts = Counter(row.state for row in self.trials)
        said = ", ".join(f"{counts[state]} {STATES[state]}" for state in STATES if counts[state])
        names = facts.validation_groups
        more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        whose = f" ({', '.join(names[:MOST_NAMED])}{more})" if facts.groups_are != "video" else ""
        groups = f"{len(names)} {facts.groups_are}{'s' * (len(names) != 1)}"
        yield f"{len(self.trials)} trainings: {said}."
        yield (
            f"Each learned from {facts.training} {facts.kind}; the score is its last epoch's "
            f"{self.score_is} on {facts.validation} {facts.kind} of {groups}{whose} that none has "
            "learned from."
        )
        yield (
            "The best of many scores is too good, as luck chooses, too. What was found and the "
            f"recipe as it is are therefore trained with all of these {facts.kind}, and tested "
            f"once with {facts.test} that the search has not seen ({facts.fold})."
        )
