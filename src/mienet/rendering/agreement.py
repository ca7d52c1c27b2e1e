"""What a comparison of two observers found: the figures, and what a person should know of them."""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mienet.metrics.agreement_figures import (
    boundary_agreement,
    disagreements,
    event_agreement_rows,
    frame_table,
)
from mienet.metrics.agreement_tables import (
    Counts,
    Row,
    confused_rows,
    count_pairs,
    label_rows,
    landis_koch,
)
from mienet.metrics.recording_figures import BACKGROUND, Figure, worst_first
from mienet.metrics.recordings import WITHIN_SECONDS, RecordingComparison
from mienet.rendering.timeline_evaluation import FEW_GROUPS, EvaluatedRecording


@dataclass(frozen=True, eq=False)
class Agreement(ABC):
    """How well two observers of the same recordings or clips agree.

    Attributes:
        first: The first observer: the file, and whose marks of it count.
        second: The other one, or the model.
        figures: Over all, by name, with intervals over groups; see ``agreement.json``.
        num_groups: Groups of recordings or clips.
        groups_are: What the groups are: "subject", "recording" or "video".
        only_first: Recordings or clips that the first alone has.
        only_second: Those that the second alone has.
        notes: What a person should know about how the files were read.
    """

    first: str
    second: str
    figures: Mapping[str, Figure]
    num_groups: int
    groups_are: str
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def has_few_groups(self) -> bool:
        """Returns whether the groups are so few that the intervals are too narrow."""
        return self.num_groups < FEW_GROUPS

    @property
    def landis_koch(self) -> str | None:
        """Returns what kappa is called by convention; None where it is undefined."""
        kappa = self.figures["kappa"].value
        return None if math.isnan(kappa) else landis_koch(kappa)

    @property
    @abstractmethod
    def names(self) -> Sequence[str]:
        """Returns the names of the labels, in the order of the table."""

    @property
    @abstractmethod
    def table(self) -> Counts:
        """Returns how often the first gives one label and the second another."""

    def label_rows(self) -> list[Row]:
        """Returns a row for each label; see ``agreement_tables.label_rows``."""
        return label_rows(self.table, self.names)

    def confused_rows(self) -> list[Row]:
        """Returns the pairs of different labels, the most confused first."""
        return confused_rows(self.table, self.names)

    @abstractmethod
    def disagreement_rows(self) -> list[Row]:
        """Returns a row for all that they call by different names."""

    def one_sided_labels(self) -> list[tuple[str, str]]:
        """Returns the labels that one alone uses, and who: "first" or "second"."""
        rows = self.label_rows()
        found = [(row["label"], "first") for row in rows if not row["second"]]
        return found + [(row["label"], "second") for row in rows if not row["first"]]

    def to_dict(self) -> dict[str, Any]:
        """Returns the figures as JSON values; null where there is nothing to measure."""
        return {
            "first": self.first,
            "second": self.second,
            "num_groups": self.num_groups,
            "interval_over": self.groups_are,
            **{name: _or_null(figure.value) for name, figure in self.figures.items()},
            "kappa_by_landis_koch": self.landis_koch,
            "intervals": {
                name: None if math.isnan(figure.low) else [figure.low, figure.high]
                for name, figure in self.figures.items()
            },
            "labels": list(map(_plain, self.label_rows())),
            "confused": self.confused_rows(),
            "only_first": list(self.only_first),
            "only_second": list(self.only_second),
            "notes": list(self.notes),
        }


@dataclass(frozen=True, eq=False)
class RecordingAgreement(Agreement):
    """How well two observers of whole recordings agree, frame by frame and event by event.

    Attributes:
        phases: Names of all phases of either.
        events: Names of all events of either.
        recordings: Those that both have; the first's labels are the true ones.
        tolerance_frames: How far apart events, and labels for kappa, may be.
        clock: In words, which frames are compared.
    """

    phases: tuple[str, ...]
    events: tuple[str, ...]
    recordings: Sequence[EvaluatedRecording]
    tolerance_frames: int
    clock: str

    @property
    def num_frames(self) -> int:
        """Returns the frames that both have labeled."""
        return sum(one.num_frames for one in self._comparisons)

    @property
    def names(self) -> Sequence[str]:
        """Returns the names of the labels of frames: the phases, and background."""
        return [*self.phases, BACKGROUND]

    @property
    def table(self) -> Counts:
        """Returns the frames by the first's label and the second's."""
        return frame_table(self._comparisons)

    def worst_first(self) -> list[EvaluatedRecording]:
        """Returns the recordings, those with the least agreement first."""
        return [self.recordings[place] for place in worst_first(self._comparisons)]

    def boundaries(self) -> Row:
        """Returns how many boundaries both have, and how far apart those are."""
        return boundary_agreement(self._comparisons)

    def event_rows(self) -> list[Row]:
        """Returns a row for each event; see ``agreement_figures.event_agreement_rows``."""
        return event_agreement_rows(self._comparisons, self.events)

    def one_sided_labels(self) -> list[tuple[str, str]]:
        """Returns the labels that one alone uses, and who; of phases and events."""
        found = [one for one in super().one_sided_labels() if one[0] != BACKGROUND]
        rows = self.event_rows()
        found += [(row["label"], "first") for row in rows if row["first"] and not row["second"]]
        return found + [
            (row["label"], "second") for row in rows if row["second"] and not row["first"]
        ]

    def disagreement_rows(self) -> list[Row]:
        """Returns every stretch that they call by different names, the longest first."""
        rows = [
            {"path": one.path, **row}
            for one in self.recordings
            for row in disagreements(
                one.labels,
                self.phases,
                self.events,
                background=BACKGROUND,
                tolerance_frames=self.tolerance_frames,
            )
        ]
        return sorted(rows, key=lambda row: -row["frames"])

    def to_dict(self) -> dict[str, Any]:
        """Returns the figures as JSON values; null where there is nothing to measure."""
        return super().to_dict() | {
            "num_recordings": len(self.recordings),
            "num_frames": self.num_frames,
            "frames_compared": self.clock,
            "tolerance_frames": self.tolerance_frames,
            "distances_within_seconds": WITHIN_SECONDS,
            "boundaries": _plain(self.boundaries()),
            "events": list(map(_plain, self.event_rows())),
        }

    @property
    def _comparisons(self) -> list[RecordingComparison]:
        return [recording.comparison for recording in self.recordings]


@dataclass(frozen=True, eq=False)
class ClipAgreement(Agreement):
    """How well two observers of the same clips agree.

    Attributes:
        classes: Names of all classes of either.
        paths: The clips that both have.
        spans: Start and end of each clip in seconds or frames, as it is written; empty for a whole
            video.
        first_labels: The first's class of each, ``(N,)``.
        second_labels: The second's.
    """

    classes: tuple[str, ...]
    paths: Sequence[str]
    spans: Sequence[str]
    first_labels: Counts
    second_labels: Counts

    @property
    def names(self) -> Sequence[str]:
        """Returns the names of the classes."""
        return self.classes

    @property
    def table(self) -> Counts:
        """Returns the clips by the first's class and the second's."""
        return count_pairs(self.first_labels, self.second_labels, len(self.classes))

    def disagreement_rows(self) -> list[Row]:
        """Returns every clip that they call by different names, in the order of the first's."""
        return [
            {
                "path": self.paths[place],
                "part": self.spans[place],
                "first": self.classes[self.first_labels[place]],
                "second": self.classes[self.second_labels[place]],
            }
            for place in np.flatnonzero(self.first_labels != self.second_labels).tolist()
        ]

    def to_dict(self) -> dict[str, Any]:
        """Returns the figures as JSON values; null where there is nothing to measure."""
        return super().to_dict() | {"num_clips": len(self.paths)}


def _plain(row: Row) -> Row:
    return {name: _or_null(value) for name, value in row.items()}


def _or_null(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value
