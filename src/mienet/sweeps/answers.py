"""What trials answered to the clips that were held out, as small tables to keep and to read again.

trials.csv     a row a training: variant, fold, seed, how it ended, what it cost
answers.csv    a row a training and clip: what it is, what was said, and the right class's rank
"""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal

import numpy as np

from mienet.errors import MienetError
from mienet.metrics.clips import mean_recall
from mienet.metrics.comparison import MeasureOfPlaces
from mienet.sweeps.trials import Trial, TrialResult
from mienet.sweeps.videos import SweepVideos

OPEN: Literal["open"] = "open"
"""The state of a trial that is not over."""


@dataclass(frozen=True)
class TrialRow:
    """A training in a few words.

    Attributes:
        variant: What it is of.
        fold: That was held out.
        seed: Of the training.
        state: ``done``, ``failed``, or ``open`` before it is over.
        problem: Why it failed.
        num_training: Videos that it learned from.
        training_share: Share of them that are recognized.
        training_seconds: Of processor time; None if it was stopped and resumed.
        num_parameters: Numbers that were learned.
        gigaflops: Of a clip or window.
    """

    variant: str
    fold: str
    seed: int
    state: str
    problem: str
    num_training: int
    training_share: float | None
    training_seconds: float | None
    num_parameters: int | None
    gigaflops: float | None


@dataclass(frozen=True)
class ClipAnswer:
    """What a training answered to one clip.

    Attributes:
        variant: Of the training.
        fold: Of it.
        seed: Of it.
        path: The clip's video.
        group: What it belongs to, such as who was filmed.
        label: Its class.
        answer: The class that was said.
        rank: Classes that were said to be likelier than the right one; 0 is right.
    """

    variant: str
    fold: str
    seed: int
    path: str
    group: str
    label: str
    answer: str
    rank: int


def trial_row(trial: Trial) -> TrialRow:
    """Returns a trial in a few words, as far as it is."""
    found = trial.result() or TrialResult(OPEN)
    return TrialRow(
        trial.variant,
        trial.fold,
        trial.seed,
        found.state,
        found.problem,
        trial.num_training,
        found.training_share,
        found.training_seconds,
        found.num_parameters,
        found.gigaflops,
    )


def clip_answers(trial: Trial, videos: SweepVideos) -> list[ClipAnswer]:
    """Returns the answers of a trial that is done, in the order of its test list."""
    found = trial.result()
    assert found is not None
    return [
        ClipAnswer(
            trial.variant,
            trial.fold,
            trial.seed,
            Path(videos.paths[at]).name,
            videos.groups[at],
            videos.classes[videos.labels[at]],
            videos.classes[answer],
            rank,
        )
        for at, (answer, rank) in zip(trial.test, found.answers or (), strict=True)
    ]


def clip_measures(answers: Sequence[ClipAnswer]) -> dict[str, MeasureOfPlaces]:
    """Returns the measures of a seed's answers, by their names, of places among these."""
    ranks = np.array([one.rank for one in answers])
    names = sorted({one.label for one in answers})
    labels = np.array([names.index(one.label) for one in answers])
    return {
        "top1": lambda places: float((ranks[places] < 1).mean()),
        "mean_class_accuracy": lambda places: mean_recall(labels[places], ranks[places] < 1),
    }


def read_trials(path: Path) -> list[TrialRow]:
    """Returns the trainings of a ``trials.csv``.

    Raises:
        OSError: If it is not there.
        MienetError: If it is none.
    """
    return [
        TrialRow(
            row["variant"],
            row["fold"],
            int(row["seed"]),
            row["state"],
            row["problem"],
            int(row["num_training"]),
            _number(row["training_share"]),
            _number(row["training_seconds"]),
            int(row["num_parameters"]) if row["num_parameters"] else None,
            _number(row["gigaflops"]),
        )
        for row in _rows(path, TrialRow)
    ]


def read_answers(path: Path) -> list[ClipAnswer]:
    """Returns the answers of an ``answers.csv``; errors as ``read_trials``."""
    return [
        ClipAnswer(**{**row, "seed": int(row["seed"]), "rank": int(row["rank"])})
        for row in _rows(path, ClipAnswer)
    ]


def as_table(rows: Iterable[TrialRow | ClipAnswer]) -> list[dict[str, Any]]:
    """Returns the rows of a table to write."""
    return [asdict(row) for row in rows]


def _rows(path: Path, kind: type) -> list[dict[str, Any]]:
    """Returns the rows of a table, without the apostrophes of ``csv_line``."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        wanted = [f.name for f in fields(kind)]
        if list(reader.fieldnames or ()) != wanted:
            raise MienetError(
                f"{path}: not a table of a sweep: its first line has to be {','.join(wanted)}"
            )
        try:
            return [{name: row[name].removeprefix("'") for name in wanted} for row in reader]
        except AttributeError as error:  # a row that is too short
            raise MienetError(f"{path}:{reader.line_num}: too few cells") from error


def _number(text: str) -> float | None:
    return float(text) if text else None
