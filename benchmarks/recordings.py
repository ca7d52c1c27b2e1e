"""A model's phases and events of labeled recordings, as ``docs/results.md`` gives them.

    .venv/bin/python benchmarks/recordings.py VIDEOS test0.csv=runs/a test1.csv=runs/b ...

Each list is of recordings of subjects that its model has not seen; all recordings together are
measured, and intervals are by bootstrap over subjects.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np

import mienet
from mienet.data.recordings import read_recordings, subjects_of
from mienet.metrics import (
    Event,
    bootstrap_interval,
    boundaries,
    compare_events,
    compare_phases,
    compare_timing,
    edit_score,
    frame_accuracy,
    mean_average_precision,
    segmental_f1,
    timing_errors,
)
from mienet.timelines.recording import RecordingOptions
from mienet.timelines.spotting import find_events
from mienet.timelines.truth import event_frames, frame_labels

WITHIN_FRAMES = 15
LEAST_PROBABILITY = 0.01


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("videos", type=Path)
    parser.add_argument("pairs", nargs="+", help="LIST=MODEL")
    parser.add_argument("--order", nargs="+", default=["learned", "free"])
    options = parser.parse_args()
    phases = {order: [] for order in options.order}
    timing = {order: [] for order in options.order}
    events = {tolerance: [] for tolerance in (0, 1, 2, 4, 6)}
    groups = []
    spent = shown = 0.0
    for pair in options.pairs:
        path, _, model = pair.partition("=")
        recognizer = mienet.load(model)
        recordings = read_recordings(
            Path(path), videos=options.videos, phases=recognizer.phases, events=recognizer.events
        )
        for video in recordings.videos:
            groups.append(subjects_of(video) or (video.path,))
            for number, order in enumerate(options.order):
                start = time.monotonic()
                found = recognizer.timeline(video.path, RecordingOptions(order=order))
                if number == 0:
                    spent += time.monotonic() - start
                    shown += found.borders_seconds[-1]
                true = frame_labels(video, found.borders_seconds, recognizer.phases)
                predicted = np.full(len(true), len(recognizer.phases))
                for phase in found.phases:
                    label = recognizer.phases.index(phase.label)
                    predicted[phase.start_frame : phase.end_frame] = label
                background = (len(recognizer.phases),)
                phases[order].append(compare_phases(true, predicted, background=background))
                timing[order].append(
                    compare_timing(
                        boundaries(true), boundaries(predicted), within_frames=WITHIN_FRAMES
                    )
                )
            rate = (len(found.borders_seconds) - 1) / found.borders_seconds[-1]
            if recognizer.events:
                spots = find_events(
                    found.event_probabilities, LEAST_PROBABILITY, apart_frames=round(0.2 * rate)
                )
                expected = event_frames(video, found.borders_seconds, recognizer.events)
                for tolerance, compared in events.items():
                    compared.append(
                        compare_events(
                            [Event(*event) for event in expected],
                            [Event(*spot) for spot in spots],
                            tolerance_frames=tolerance,
                        )
                    )

    def said(name, comparisons, measure):
        interval = bootstrap_interval(comparisons, groups, measure)
        print(
            f"  {name}: {measure(comparisons):.1%} "
            f"({interval.low:.1%} to {interval.high:.1%}, {interval.num_groups} subjects)"
        )

    print(f"{len(groups)} recordings, {shown / spent:.2f} times real time")
    for order in options.order:
        print(f"phases, order {order}:")
        said("frame accuracy", phases[order], frame_accuracy)
        said("edit", phases[order], edit_score)
        for share in (0.1, 0.25, 0.5):
            said(f"F1@{share:.0%}", phases[order], lambda some, s=share: segmental_f1(some, s))
        errors = timing_errors(timing[order])
        print(
            f"  boundaries off by {errors.median_frames:g} frames (median), "
            f"{errors.mean_frames:.2f} (mean), {errors.num_missed} of "
            f"{errors.num_missed + errors.num_matched} missed, {errors.num_invented} invented"
        )
    if any(events.values()):
        print("events:")
        for tolerance, compared in events.items():
            said(f"mAP within {tolerance} frames", compared, mean_average_precision)
    return 0


if __name__ == "__main__":
    sys.exit(main())
