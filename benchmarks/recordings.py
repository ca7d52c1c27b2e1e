"""The figures of several models on labeled recordings together, such as one model for each fold.

    .venv/bin/python benchmarks/recordings.py VIDEOS test0.csv=runs/a test1.csv=runs/b ...

Each list is of recordings of subjects that its model has not seen. The figures are those of
``mienet evaluate``, over all recordings, with intervals by bootstrap over subjects.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import mienet
from mienet.metrics.recording_figures import overall_figures

SHARES = (
    *("frame_accuracy", "edit_score", "f1_10", "f1_25", "f1_50"),
    *("event_map_0", "event_map_1", "event_map_2", "event_map_4"),
)
FRAMES = ("boundary_median_frames", "boundary_mean_frames")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("videos", type=Path)
    parser.add_argument("pairs", nargs="+", help="LIST=MODEL")
    parser.add_argument("--order", choices=["learned", "free"], default="learned")
    options = parser.parse_args()
    comparisons, groups = [], []
    for pair in options.pairs:
        source, _, model = pair.partition("=")
        with tempfile.TemporaryDirectory() as out:
            evaluation, _ = mienet.evaluate_recordings(
                model, source, root=options.videos, out=out, order=options.order
            )
        print(
            f"{source}: {len(evaluation.recordings)} recordings", *evaluation.problems, sep="\n  "
        )
        show(evaluation.figures)
        comparisons += [one.comparison for one in evaluation.recordings]
        groups += [one.group for one in evaluation.recordings]
    if len(options.pairs) > 1:
        print(f"all: {len(groups)} recordings, {len(set(groups))} subjects")
        show(overall_figures(comparisons, groups, tolerance_frames=evaluation.tolerance_frames))
    return 0


def show(figures) -> None:
    for name in SHARES:
        found = figures[name]
        print(f"  {name}: {found.value:.1%} ({found.low:.1%} to {found.high:.1%})")
    for name in FRAMES:
        print(f"  {name}: {figures[name].value:.2f}")


if __name__ == "__main__":
    sys.exit(main())
