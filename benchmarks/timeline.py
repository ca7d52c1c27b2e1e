"""A clip model's phases of whole synthetic jumps, measured against the times they were made with.

    .venv/bin/python benchmarks/timeline.py runs/demo_clips --jumps 20

The jumps are of athletes and scenes that the model of ``mienet demo --clips`` has not seen. Before
and after the movement the athlete rests, of which a model of clips knows nothing: frames there do
not count.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import mienet
from mienet.metrics import (
    boundaries,
    compare_phases,
    compare_timing,
    edit_score,
    frame_accuracy,
    segmental_f1,
    timing_errors,
)
from mienet.synthetic.recordings import VideoFile, make_recording
from mienet.timelines.phases import decode_phases
from mienet.timelines.recording import Windows

MINIMUM_FRAMES = 3
WITHIN_FRAMES = 15
"""Half a second, beyond which a boundary is another one."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("--jumps", type=int, default=20)
    parser.add_argument("--seed", type=int, default=100)
    parser.add_argument("--window-seconds", type=float, nargs="+", default=[0.3, 0.45, 0.7, 1.0])
    parser.add_argument("--stride-seconds", type=float, default=0.1)
    options = parser.parse_args()
    recognizer = mienet.load(options.model)
    windows = Windows(tuple(options.window_seconds), options.stride_seconds)
    count = len(recognizer.classes)
    orders = {"free": None, "in order": np.roll(np.eye(count, dtype=bool), 1, axis=1)}
    phases: dict[str, list] = {name: [] for name in orders}
    timing: dict[str, list] = {name: [] for name in orders}
    computed_seconds = shown_seconds = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for number in range(options.jumps):
            path = Path(folder) / f"{number}.mp4"
            made = make_recording(
                path,
                athlete=number,
                rests_seconds=(1.0, 1.0),
                file=VideoFile(frames_per_second=30),
                seed=options.seed,
            )
            start = time.monotonic()
            found = recognizer.timeline(path, windows)
            computed_seconds += time.monotonic() - start
            shown_seconds += found.borders_seconds[-1]
            times = found.borders_seconds[:-1]
            true = np.full(len(times), -1)
            for label, begin, end in made.phases:
                true[(times >= begin) & (times < end)] = recognizer.classes.index(label)
            moves = true >= 0
            for name, follows in orders.items():
                predicted = decode_phases(
                    found.probabilities[moves], MINIMUM_FRAMES, follows=follows
                )
                phases[name].append(compare_phases(true[moves], predicted, background=()))
                timing[name].append(
                    compare_timing(
                        boundaries(true[moves]), boundaries(predicted), within_frames=WITHIN_FRAMES
                    )
                )
    for name in orders:
        errors = timing_errors(timing[name])
        print(
            f"{name}: frame accuracy {frame_accuracy(phases[name]):.1%}, "
            f"edit {edit_score(phases[name]):.1%}, F1@50 {segmental_f1(phases[name], 0.5):.1%}, "
            f"boundaries off by {errors.median_frames:g} frames (median), "
            f"{errors.mean_frames:.2f} (mean), {errors.num_missed} of "
            f"{errors.num_missed + errors.num_matched} missed, {errors.num_invented} invented"
        )
    print(f"{shown_seconds / computed_seconds:.2f} times real time")
    return 0


if __name__ == "__main__":
    sys.exit(main())
