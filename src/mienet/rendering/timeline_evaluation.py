"""What an evaluation of whole recordings found: its figures, and what speaks against them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from mienet.metrics.recording_figures import (
    BACKGROUND,
    Figure,
    Row,
    boundary_row,
    event_rows,
    events_found,
    label_shares,
    phase_rows,
    recording_row,
    transition_rows,
    worst_first,
)
from mienet.metrics.recordings import WITHIN_SECONDS, RecordingComparison, RecordingLabels

FEW_GROUPS = 20
"""Fewer groups than these make an interval that is too narrow."""


@dataclass(frozen=True, eq=False)
class EvaluatedRecording:
    """One recording, true and predicted.

    Attributes:
        path: The video.
        group: What it belongs to: its subjects, or else itself.
        labels: What is true, and what was predicted.
        comparison: What it contributes to the figures.
    """

    path: str
    group: str
    labels: RecordingLabels
    comparison: RecordingComparison


@dataclass(frozen=True, eq=False)
class TimelineEvaluation:
    """What a model says about labeled recordings.

    Attributes:
        source: The list that names the recordings.
        phases: Names of the model's phases.
        events: Names of the model's events.
        recordings: In the order of the list; at least one.
        figures: Over all recordings, by name, with intervals over groups; see ``metrics.json``.
        num_groups: Groups of recordings.
        has_subjects: Whether the groups are subjects, and not the recordings themselves.
        tolerance_frames: How far off an event, and a frame for kappa, may be.
        problems: Recordings that could not be used, and why; they do not count.
        learned: How many of the recordings a run was trained with (``train.csv``) and was chosen by
            (``val.csv``).
        unknown: Kinds of labels in the list that the model does not have at all.
        num_kept: Recordings whose results were kept from an earlier run of the command.
        replaced: The list whose results were in the folder before; None for a new folder.
        is_real_time: Whether times are those of players; False where it is said how fast a camera
            was.
        lost: Sentences on videos that a run has learned from and that may be among these unknown.
    """

    source: Path
    phases: tuple[str, ...]
    events: tuple[str, ...]
    recordings: Sequence[EvaluatedRecording]
    figures: Mapping[str, Figure]
    num_groups: int
    has_subjects: bool
    tolerance_frames: int
    problems: tuple[str, ...] = ()
    learned: Mapping[str, int] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    num_kept: int = 0
    replaced: str | None = None
    is_real_time: bool = True
    lost: tuple[str, ...] = ()

    @property
    def label_names(self) -> list[str]:
        """Returns the names of the labels of frames: the phases, and background."""
        return [*self.phases, BACKGROUND]

    @property
    def commonest(self) -> tuple[str, float]:
        """Returns the commonest label of frames, and the accuracy of always answering with it."""
        shares = label_shares(self._comparisons)
        place = max(range(len(shares)), key=shares.__getitem__)
        return self.label_names[place], shares[place]

    @property
    def has_few_groups(self) -> bool:
        """Returns whether the groups are so few that the intervals are too narrow."""
        return self.num_groups < FEW_GROUPS

    @property
    def num_frames(self) -> int:
        """Returns the labeled frames of all recordings."""
        return sum(recording.comparison.num_frames for recording in self.recordings)

    def worst_first(self) -> list[EvaluatedRecording]:
        """Returns the recordings, those with the least right first."""
        return [self.recordings[place] for place in worst_first(self._comparisons)]

    def phase_rows(self) -> list[Row]:
        """Returns a row for each phase; see ``recording_figures.phase_rows``."""
        return phase_rows(self._comparisons, self.phases)

    def event_rows(self) -> list[Row]:
        """Returns a row for each event; see ``recording_figures.event_rows``."""
        return event_rows(self._comparisons, self.events, tolerance_frames=self.tolerance_frames)

    def transition_rows(self) -> list[Row]:
        """Returns a row for each change of labels; see ``recording_figures.transition_rows``."""
        return transition_rows(self._comparisons, self.phases)

    def recording_rows(self) -> list[Row]:
        """Returns a row for each recording, the worst first."""
        return [
            {"path": one.path, "group": one.group, **recording_row(one.comparison)}
            for one in self.worst_first()
        ]

    def boundaries(self) -> Row:
        """Returns how many boundaries there are, missed and invented, and how far off the rest."""
        return boundary_row([b for one in self._comparisons for b in one.boundaries])

    def warnings(self) -> list[str]:
        """Returns what speaks against the figures, a sentence each."""
        found, count = [], len(self.recordings)
        if self.problems:
            found.append(
                f"{len(self.problems)} of {len(self.problems) + count} recordings could not be "
                "used, and do not count"
            )
        if trained := self.learned.get("train.csv"):
            found.append(
                f"{trained} of the {count} recordings were used in training, so the figures of new "
                "recordings are lower; evaluate on recordings that were not"
            )
        if chosen := self.learned.get("val.csv"):
            found.append(
                f"{chosen} of the {count} recordings are of the validation list that chose the "
                "thresholds, and perhaps the model, so the figures of new recordings are probably "
                "lower; a test list that took no part gives figures to report"
            )
        found += self.lost
        for kind in self.unknown:
            found.append(f"the model has no {kind}, so those in the list are not measured")
        accuracy, (label, share) = self.figures["frame_accuracy"], self.commonest
        if accuracy.low <= share and accuracy.value < 1:
            found.append(
                f"the frame accuracy is not clearly better than always answering {label!r}, the "
                "commonest label"
            )
        return found

    def to_dict(self) -> dict[str, Any]:
        """Returns the figures as JSON values; null where there is nothing to measure."""
        label, share = self.commonest
        has_phases = bool(self.phases)
        return {
            "num_recordings": len(self.recordings),
            "num_excluded": len(self.problems),
            "num_frames": self.num_frames,
            "num_groups": self.num_groups,
            "interval_over": "subject" if self.has_subjects else "recording",
            **{name: _or_null(figure.value) for name, figure in self.figures.items()},
            "intervals": {
                name: None if math.isnan(figure.low) else [figure.low, figure.high]
                for name, figure in self.figures.items()
            },
            "commonest_label": label if has_phases else None,
            "commonest_label_share": share if has_phases else None,
            "tolerance_frames": self.tolerance_frames,
            "boundaries_within_seconds": WITHIN_SECONDS,
            "boundaries": _plain(self.boundaries()),
            "events_shown": asdict(events_found(self._comparisons)),
            "phases": list(map(_plain, self.phase_rows())),
            "events": list(map(_plain, self.event_rows())),
            "transitions": list(map(_plain, self.transition_rows())),
            "excluded": list(self.problems),
            "warnings": self.warnings(),
        }

    @property
    def _comparisons(self) -> list[RecordingComparison]:
        return [recording.comparison for recording in self.recordings]


def _plain(row: Row) -> Row:
    return {name: _or_null(value) for name, value in row.items()}


def _or_null(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value
