"""Recordings on a report's page: true phases above predicted ones, and the video beside them."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from mienet.metrics.event_errors import EventError, event_errors
from mienet.metrics.events import Event
from mienet.metrics.frame_labels import runs
from mienet.metrics.recording_figures import recording_row
from mienet.metrics.recordings import Labels
from mienet.rendering.phase_colors import BACKGROUND_COLOR, PHASE_COLORS
from mienet.rendering.report.words import counted, share
from mienet.rendering.timeline_evaluation import EvaluatedRecording, TimelineEvaluation

MOST_STRIPS = 40
STRIP_UNITS = 2000
"""Moments at which long recordings are drawn; what is between two of them is not seen."""
HATCHED = "url(#unlabeled)"
WRONG = "var(--bad)"
GLYPHS = (
    "M-5 2H5L0 11Z",
    "M0 1.5a4.7 4.7 0 1 0 .01 0Z",
    "M-4.5 2h9v9h-9Z",
    "M0 1L5 6.5L0 12L-5 6.5Z",
    "M-5 3.5L-3 1.5L0 4.5L3 1.5L5 3.5L2 6.5L5 9.5L3 11.5L0 8.5L-3 11.5L-5 9.5L-2 6.5Z",
)
"""A shape for each kind of event, again from the first after the last."""


@dataclass(frozen=True)
class Band:
    """A stretch of one label, in percent of the recording.

    Attributes:
        left: Where it starts.
        width: How long it is.
        color: For SVG's ``fill``.
        title: What it is, and from when to when.
    """

    left: float
    width: float
    color: str
    title: str


@dataclass(frozen=True)
class Mark:
    """An event.

    Attributes:
        at: Where, in percent of the recording.
        glyph: Its shape.
        is_wrong: Whether it was missed or invented.
        title: What it is, when, and what is wrong.
    """

    at: float
    glyph: str
    is_wrong: bool
    title: str


@dataclass(frozen=True)
class Strip:
    """One recording as it is drawn.

    Attributes:
        anchor: Its name in the page.
        path: The video.
        facts: Its length and figures.
        true: What is true, and ``predicted`` what the model said.
        predicted: See there.
        wrong: Where both differ.
        true_marks: True events, and ``shown_marks`` those that the model reports.
        shown_marks: See there.
        start_seconds: When its first frame begins, as players count.
        end_seconds: When its last one ends.
        video: The video from the page on, as a URL; None where there is none to play.
        says: What the drawing shows, in words.
    """

    anchor: str
    path: str
    facts: str
    true: tuple[Band, ...]
    predicted: tuple[Band, ...]
    wrong: tuple[Band, ...]
    true_marks: tuple[Mark, ...]
    shown_marks: tuple[Mark, ...]
    start_seconds: float
    end_seconds: float
    video: str | None
    says: str


@dataclass(frozen=True)
class ListedError:
    """An event that was missed or invented, for a list of them.

    Attributes:
        path: The recording.
        anchor: Its strip; None where it is not drawn.
        at: Where, as a share of the recording.
        error: What is wrong.
    """

    path: str
    anchor: str | None
    at: float
    error: EventError


def draw_strips(evaluation: TimelineEvaluation, page: Path) -> list[Strip]:
    """Returns the worst recordings as they are drawn, at most 40.

    Args:
        evaluation: The recordings.
        page: The page that they are drawn on, from which videos are found.
    """
    worst = evaluation.worst_first()[:MOST_STRIPS]
    return [_strip(evaluation, one, number, page) for number, one in enumerate(worst, 1)]


def list_event_errors(evaluation: TimelineEvaluation) -> list[ListedError]:
    """Returns all missed and invented events, those of the worst recordings first."""
    found = []
    for number, one in enumerate(evaluation.worst_first(), 1):
        shares = _shares(one.labels.borders_seconds)
        anchor = _anchor(number) if number <= MOST_STRIPS else None
        found += [
            ListedError(one.path, anchor, round(float(shares[error.frame]), 5), error)
            for error in _errors(evaluation, one)
        ]
    return found


def legend(evaluation: TimelineEvaluation) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Returns the name and color of each label of frames, and the name and shape of each event."""
    names = evaluation.label_names if evaluation.phases else []
    colors = [(name, _color(label, len(evaluation.phases))) for label, name in enumerate(names)]
    if any((one.labels.true < 0).any() for one in evaluation.recordings):
        colors.append(("not labeled", HATCHED))
    return colors, [(name, _glyph(number)) for number, name in enumerate(evaluation.events)]


def video_url(path: str, page: Path) -> str | None:
    """Returns a video as a page names it, from its own folder on; None for a folder of images."""
    if not Path(path).is_file():
        return None
    try:
        relative = os.path.relpath(path, page.absolute().parent)
    except ValueError:  # on another drive of Windows
        return Path(path).absolute().as_uri()
    return quote(os.fsencode(relative.replace(os.sep, "/")))


def _strip(
    evaluation: TimelineEvaluation, one: EvaluatedRecording, number: int, page: Path
) -> Strip:
    labels, names = one.labels, evaluation.label_names
    borders = labels.borders_seconds
    errors = {(error.label, error.frame, error.kind) for error in _errors(evaluation, one)}
    wrong = np.where((labels.true >= 0) & (labels.true != labels.predicted), 1, 0)

    def bands(array: Labels) -> tuple[Band, ...]:
        return tuple(
            Band(left, width, _color(label, len(evaluation.phases)), f"{name}, {when}")
            for label, left, width, when in _stretches(array, borders)
            for name in [names[label] if label >= 0 else "not labeled"]
        )

    def marks(events: Sequence[Event], kind: str) -> tuple[Mark, ...]:
        shares = 100 * _shares(borders)
        found = []
        for event in events:
            frame = int(event.frame)
            is_wrong = (event.label, frame, kind) in errors
            title = f"{event.label}, {borders[frame]:.2f} s" + f": {kind}" * is_wrong
            glyph = _glyph(evaluation.events.index(event.label))
            found.append(Mark(round(float(shares[frame]), 3), glyph, is_wrong, title))
        return tuple(found)

    known = [event for event in labels.true_events if event.label in evaluation.events]
    facts = _facts(evaluation, one)
    has_phases = bool(evaluation.phases)
    return Strip(
        _anchor(number),
        one.path,
        facts,
        bands(labels.true) if has_phases else (),
        bands(labels.predicted) if has_phases else (),
        tuple(
            Band(left, width, WRONG, f"differs, {when}")
            for label, left, width, when in _stretches(wrong, borders)
            if label and has_phases
        ),
        marks(known, "missed"),
        marks(labels.shown_events, "invented"),
        float(borders[0]),
        float(borders[-1]),
        video_url(one.path, page),
        f"True and predicted, from start to end: {facts}",
    )


def _facts(evaluation: TimelineEvaluation, one: EvaluatedRecording) -> str:
    row, seconds = recording_row(one.comparison), one.labels.borders_seconds
    said = [f"{seconds[-1] - seconds[0]:.1f} s"]
    if evaluation.has_subjects and one.group != one.path:
        said.insert(0, one.group)
    if evaluation.phases:
        said.append(f"right phase in {share(row['frame_accuracy'])} of the frames")
    if evaluation.events:
        missed = row["event_true"] - row["event_correct"]
        invented = row["event_predicted"] - row["event_correct"]
        said.append(
            f"{row['event_correct']} of {counted(row['event_true'], 'event')} found"
            + f", {missed} missed" * (missed > 0)
            + f", {invented} invented" * (invented > 0)
        )
    return " · ".join(said)


def _errors(evaluation: TimelineEvaluation, one: EvaluatedRecording) -> list[EventError]:
    tolerance = evaluation.tolerance_frames
    return event_errors(one.labels, evaluation.events, tolerance_frames=tolerance)


def _stretches(
    array: Labels, borders_seconds: NDArray[np.float64]
) -> list[tuple[int, float, float, str]]:
    """Returns the label, start and width in percent, and the times of every run of a label."""
    borders = borders_seconds
    if len(array) > STRIP_UNITS:
        moments = np.linspace(borders[0], borders[-1], STRIP_UNITS + 1)
        middles = (moments[1:] + moments[:-1]) / 2
        frames = np.searchsorted(borders, middles, side="right") - 1
        array, borders = array[np.clip(frames, 0, len(array) - 1)], moments
    shares = 100 * _shares(borders)
    return [
        (
            label,
            round(float(shares[start]), 3),
            round(float(shares[end] - shares[start]), 3),
            f"{borders[start]:.2f} to {borders[end]:.2f} s",
        )
        for label, start, end in runs(array)
    ]


def _shares(borders_seconds: NDArray[np.float64]) -> NDArray[np.float64]:
    start, end = borders_seconds[[0, -1]]
    return np.asarray((borders_seconds - start) / max(end - start, 1e-9))


def _color(label: int, num_phases: int) -> str:
    if label < 0:
        return HATCHED
    return BACKGROUND_COLOR if label == num_phases else PHASE_COLORS[label % len(PHASE_COLORS)]


def _glyph(number: int) -> str:
    return GLYPHS[number % len(GLYPHS)]


def _anchor(number: int) -> str:
    return f"recording-{number}"
