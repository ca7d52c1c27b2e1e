"""One whole recording, true and predicted: its phases, events, boundaries and durations compared.

``compare_recording`` looks at one recording, and ``recording_figures.py`` makes figures of all.
Stretches that nobody has labeled do not count: each labeled stretch is compared as a recording of
its own, so that no phase goes on across a gap. Letters: ``N`` frames, ``K`` phases; the label ``K``
is background, none of the phases.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mienet.metrics.agreement import AgreementComparison, compare_agreement
from mienet.metrics.events import Event, EventComparison, compare_events
from mienet.metrics.frame_labels import runs, usual_frames
from mienet.metrics.matching import match_times
from mienet.metrics.phases import PhaseComparison, compare_phases
from mienet.metrics.timing import TimingComparison, compare_timing

EVENT_TOLERANCES = (0, 1, 2, 4)
"""Frames within which an event is found, as E2E-Spot reports."""

WITHIN_SECONDS = 0.5
"""How far apart a true and a predicted boundary may be; farther apart they are different ones."""

LEAST_OVERLAP = 0.5
"""Of a true and a predicted phase whose durations are compared: only one can overlap so much."""

Labels = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class RecordingLabels:
    """What is true in a recording, and what was predicted.

    Attributes:
        borders_seconds: When each frame begins, and when the last one ends, ``(N + 1,)``.
        true: Label of each frame, ``(N,)``, from 0 to ``K``; below 0 where it is unlabeled.
        predicted: The same, from 0 to ``K``.
        true_events: Events with their names as labels.
        shown_events: Those that were predicted, as a user is shown them.
        candidates: All that may be events, with their scores: for average precision.
    """

    borders_seconds: NDArray[np.float64]
    true: Labels
    predicted: Labels
    true_events: Sequence[Event] = ()
    shown_events: Sequence[Event] = ()
    candidates: Sequence[Event] = ()


@dataclass(frozen=True)
class Boundary:
    """A change from one label to another, true and predicted; None where there is only the other.

    Attributes:
        before: Label before it, from 0 to ``K``; of an invented boundary the predicted one.
        after: Label that begins there.
        true_frame: First frame of the new label.
        predicted_frame: The same in what was predicted.
        true_seconds: When that frame begins.
        predicted_seconds: When that frame begins.
    """

    before: int
    after: int
    true_frame: int | None
    predicted_frame: int | None
    true_seconds: float | None
    predicted_seconds: float | None

    @property
    def start_frame(self) -> int:
        """Where it is, or where it was invented."""
        frames = (self.true_frame, self.predicted_frame)
        return next(frame for frame in frames if frame is not None)

    @property
    def error_frames(self) -> int | None:
        """Predicted minus true, above 0 for late; None where one of them is missing."""
        if self.true_frame is None or self.predicted_frame is None:
            return None
        return self.predicted_frame - self.true_frame

    @property
    def error_ms(self) -> float | None:
        """The same in milliseconds."""
        if self.true_seconds is None or self.predicted_seconds is None:
            return None
        return 1000 * (self.predicted_seconds - self.true_seconds)


@dataclass(frozen=True)
class DurationPair:
    """How long a phase lasts that was found: one predicted phase overlaps it by half or more.

    Attributes:
        phase: Its index.
        true_seconds: How long it lasts.
        predicted_seconds: How long the predicted one lasts.
    """

    phase: int
    true_seconds: float
    predicted_seconds: float


@dataclass(frozen=True, eq=False)
class RecordingComparison:
    """What one recording contributes to the figures.

    Attributes:
        num_frames: Its labeled frames.
        confusion: Frames by true and predicted label, ``(K + 1, K + 1)``.
        phases: One for each labeled stretch; none where there are no phases to find.
        by_phase: For each phase the same, where the other phases do not count.
        boundaries: In the order of time.
        boundary_timing: Their errors.
        durations: Of the phases that were found.
        agreement: With the tolerance, one for each labeled stretch.
        events: By the tolerance in frames, over all candidates.
        shown: By event, how far off the shown ones are, within the tolerance.
        event_timing: By event, the same within half a second.
    """

    num_frames: int
    confusion: Labels
    phases: tuple[PhaseComparison, ...]
    by_phase: tuple[tuple[PhaseComparison, ...], ...]
    boundaries: tuple[Boundary, ...]
    boundary_timing: TimingComparison
    durations: tuple[DurationPair, ...]
    agreement: tuple[AgreementComparison, ...]
    events: dict[int, EventComparison]
    shown: dict[str, TimingComparison]
    event_timing: dict[str, TimingComparison]


def compare_recording(
    labels: RecordingLabels, num_phases: int, events: Sequence[str], *, tolerance_frames: int
) -> RecordingComparison:
    """Returns what a recording contributes to all figures.

    Args:
        labels: What is true and what was predicted.
        num_phases: ``K``; with 0 there are no figures of phases.
        events: Names of all kinds of events.
        tolerance_frames: How far off an event, and a frame for kappa, may be.

    Raises:
        MienetError: If the tolerance is below 0, or the labels do not belong together.
    """
    stretches = labeled_stretches(labels.true)
    pairs = [(labels.true[a:b], labels.predicted[a:b]) for a, b in stretches] if num_phases else []
    confusion = np.zeros((num_phases + 1, num_phases + 1), dtype=np.int64)
    for true, predicted in pairs:
        np.add.at(confusion, (true, predicted), 1)
    within = usual_frames(WITHIN_SECONDS, labels.borders_seconds)
    found = [b for span in stretches for b in _boundaries(labels, span, within)]
    is_labeled = labels.true >= 0
    true_events, shown, candidates = (
        [event for event in some if is_labeled[int(event.frame)]]
        for some in (labels.true_events, labels.shown_events, labels.candidates)
    )

    def timing(within_frames: float) -> dict[str, TimingComparison]:
        return {
            name: compare_timing(
                [event for event in true_events if event.label == name],
                [event for event in shown if event.label == name],
                within_frames=within_frames,
                frame_seconds=labels.borders_seconds[:-1],
            )
            for name in events
        }

    return RecordingComparison(
        num_frames=int(is_labeled.sum()),
        confusion=confusion,
        phases=tuple(compare_phases(*pair, background=(num_phases,)) for pair in pairs),
        by_phase=tuple(
            tuple(compare_phases(*pair, background=_all_but(phase, num_phases)) for pair in pairs)
            for phase in range(num_phases)
        ),
        boundaries=tuple(found) if num_phases else (),
        boundary_timing=timing_of(found if num_phases else ()),
        durations=tuple(d for span in stretches for d in _durations(labels, span, num_phases)),
        agreement=tuple(compare_agreement(*p, tolerance_frames=tolerance_frames) for p in pairs),
        events={
            frames: compare_events(true_events, candidates, tolerance_frames=frames)
            for frames in sorted({*EVENT_TOLERANCES, tolerance_frames})
        },
        shown=timing(tolerance_frames),
        event_timing=timing(within),
    )


def labeled_stretches(true: Labels) -> list[tuple[int, int]]:
    """Returns the first frame, and the one behind the last, of every run of labeled frames."""
    is_labeled = np.concatenate([[False], true >= 0, [False]])
    edges = np.flatnonzero(is_labeled[1:] != is_labeled[:-1]).tolist()
    return list(zip(edges[::2], edges[1::2], strict=True))


def timing_of(boundaries: Sequence[Boundary]) -> TimingComparison:
    """Returns the errors of boundaries, and how many were missed and invented."""
    frames = [b.error_frames for b in boundaries if b.error_frames is not None]
    ms = [b.error_ms for b in boundaries if b.error_ms is not None]
    return TimingComparison(
        offsets_frames=np.array(frames, dtype=np.float64),
        offsets_ms=np.array(ms, dtype=np.float64),
        num_missed=sum(b.predicted_frame is None for b in boundaries),
        num_invented=sum(b.true_frame is None for b in boundaries),
    )


def _all_but(phase: int, num_phases: int) -> list[int]:
    return [label for label in range(num_phases + 1) if label != phase]


def _boundaries(
    labels: RecordingLabels, span: tuple[int, int], within_frames: int
) -> list[Boundary]:
    """Returns the boundaries of a stretch, matched as ``compare_timing`` matches them."""
    begin, end = span
    true = {a + begin: label for label, a, _ in runs(labels.true[begin:end])[1:]}
    predicted = {a + begin: label for label, a, _ in runs(labels.predicted[begin:end])[1:]}
    other_of: dict[int, int] = {}  # the predicted frame of a true one
    for after in set(true.values()):
        ours, theirs = match_times(
            [frame for frame, label in true.items() if label == after],
            [frame for frame, label in predicted.items() if label == after],
            within=within_frames,
        )
        other_of |= zip(map(int, ours), map(int, theirs), strict=True)
    seconds = labels.borders_seconds.tolist()
    found = []
    for frame in true:
        before, after = labels.true[frame - 1 : frame + 1].tolist()
        other = other_of.get(frame)
        other_seconds = None if other is None else seconds[other]
        found.append(Boundary(before, after, frame, other, seconds[frame], other_seconds))
    for frame in predicted.keys() - set(other_of.values()):
        before, after = labels.predicted[frame - 1 : frame + 1].tolist()
        found.append(Boundary(before, after, None, frame, None, seconds[frame]))
    return sorted(found, key=lambda boundary: boundary.start_frame)


def _durations(
    labels: RecordingLabels, span: tuple[int, int], num_phases: int
) -> Iterator[DurationPair]:
    begin, end = span
    borders = labels.borders_seconds[begin : end + 1]
    predicted = runs(labels.predicted[begin:end])
    starts = [first for _, first, _ in predicted]
    for phase, start, stop in runs(labels.true[begin:end]):
        overlapping = predicted[bisect_right(starts, start) - 1 : bisect_left(starts, stop)]
        for label, first, last in overlapping:
            common = min(stop, last) - max(start, first)
            either = max(stop, last) - min(start, first)
            if label == phase < num_phases and common >= LEAST_OVERLAP * either:
                yield DurationPair(
                    phase,
                    float(borders[stop] - borders[start]),
                    float(borders[last] - borders[first]),
                )
                break
