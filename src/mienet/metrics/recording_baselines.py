"""What figures of recordings are held against: answering without looking at the video.

Guessing knows how many phases and events there are, and nothing else: it puts as many at random
places. The commonest answer is the same label for every frame, and no event.
Letters: ``N`` frames, ``K`` phases; the label ``K`` is background.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.random import Generator

from mienet.metrics.events import Event
from mienet.metrics.frame_labels import runs
from mienet.metrics.recording_figures import figure_values
from mienet.metrics.recordings import (
    Labels,
    RecordingLabels,
    compare_recording,
    labeled_stretches,
)

DRAWS = 10
"""How often it is guessed; the figures are means over these."""


def commonest_figures(
    recordings: Sequence[RecordingLabels],
    label: int,
    num_phases: int,
    events: Sequence[str],
    *,
    tolerance_frames: int,
) -> dict[str, float]:
    """Returns the figures of always answering with one label, by name; NaN where there are none.

    Args:
        recordings: What is true in each; what was predicted does not matter.
        label: The label, from 0 to ``K``.
        num_phases: ``K``.
        events: Names of all kinds of events, of which none is answered.
        tolerance_frames: As for ``compare_recording``.
    """
    answers = [
        replace(one, predicted=np.full_like(one.true, label), shown_events=(), candidates=())
        for one in recordings
    ]
    return _figures(answers, num_phases, events, tolerance_frames)


def guessing_figures(
    recordings: Sequence[RecordingLabels],
    num_phases: int,
    events: Sequence[str],
    *,
    tolerance_frames: int,
    seed: int = 0,
) -> dict[str, float]:
    """Returns the figures of guessing, by name: the mean over some draws of those that have one.

    Args:
        recordings: What is true in each; what was predicted does not matter.
        num_phases: ``K``.
        events: Names of all kinds of events.
        tolerance_frames: As for ``compare_recording``.
        seed: Of the draws; the same seed gives the same figures.
    """
    generator = np.random.default_rng(seed)
    draws = []
    for _ in range(DRAWS):
        answers = [_guess(one, num_phases, generator) for one in recordings]
        draws.append(_figures(answers, num_phases, events, tolerance_frames))
    return {name: _mean([draw[name] for draw in draws]) for name in draws[0]}


def _figures(
    answers: Sequence[RecordingLabels],
    num_phases: int,
    events: Sequence[str],
    tolerance_frames: int,
) -> dict[str, float]:
    compared = [
        compare_recording(one, num_phases, events, tolerance_frames=tolerance_frames)
        for one in answers
    ]
    return figure_values(compared, tolerance_frames=tolerance_frames)


def _guess(one: RecordingLabels, num_phases: int, generator: Generator) -> RecordingLabels:
    events = [
        Event(event.label, int(generator.integers(len(one.true))), float(generator.random()))
        for event in one.true_events
    ]
    predicted = _random_labels(one.true, num_phases, generator)
    return replace(one, predicted=predicted, shown_events=events, candidates=events)


def _random_labels(true: Labels, num_phases: int, generator: Generator) -> Labels:
    """Returns ``(N,)`` labels that change as often as the true ones, at random frames."""
    num_runs = sum(len(runs(true[start:end])) for start, end in labeled_stretches(true))
    num_changes = min(max(num_runs - 1, 0), len(true) - 1) if num_phases else 0
    changes = np.sort(generator.choice(np.arange(1, len(true)), num_changes, replace=False))
    # From one label on to any other of the K + 1, each as likely.
    steps = generator.integers(1, num_phases + 1, num_changes) if num_phases else changes
    first = generator.integers(num_phases + 1)
    each = (first + np.concatenate([[0], np.cumsum(steps)])) % (num_phases + 1)
    lengths = np.diff([0, *changes, len(true)])
    return np.repeat(each, lengths).astype(np.int64)


def _mean(values: Sequence[float]) -> float:
    defined = [value for value in values if not math.isnan(value)]
    return float(np.mean(defined)) if defined else math.nan
