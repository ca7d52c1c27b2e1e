"""The figures of several models on labeled recordings together, such as one model for each fold.

    .venv/bin/python benchmarks/recordings.py VIDEOS test0.csv=runs/a test1.csv=runs/b ...

Each list is of recordings of subjects that its model has not seen. The figures are those of
``mienet evaluate``, over all recordings, with intervals by bootstrap over subjects. With
``--against runs/c runs/d ...``, another model for each list, it says how far the first are ahead of
these, with intervals of the difference on the same recordings.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import mienet
from mienet.metrics.comparison import paired_difference
from mienet.metrics.recording_figures import overall_figures, recording_measures

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
    parser.add_argument("--against", nargs="+", default=[], metavar="MODEL")
    options = parser.parse_args()
    if options.against and len(options.against) != len(options.pairs):
        parser.error("--against takes a model for each list")
    pairs = [pair.partition("=")[::2] for pair in options.pairs]
    found = [evaluated(source, model, options) for source, model in pairs]
    comparisons = [one.comparison for e in found for one in e.recordings]
    groups = [one.group for e in found for one in e.recordings]
    paths = [one.path for e in found for one in e.recordings]
    tolerance = found[0].tolerance_frames
    if len(pairs) > 1:
        print(f"all: {len(groups)} recordings, {len(set(groups))} subjects")
        show(overall_figures(comparisons, groups, tolerance_frames=tolerance))
    if options.against:
        sources = [source for source, _ in pairs]
        others = [evaluated(*two, options) for two in zip(sources, options.against, strict=True)]
        if [one.path for e in others for one in e.recordings] != paths:
            parser.error("--against takes models that can be used on the same recordings")
        others = [one.comparison for e in others for one in e.recordings]
        print("ahead of those by, on the same recordings:")
        for name, measure in recording_measures(tolerance).items():
            if name in (*SHARES, *FRAMES):
                show_difference(name, measure, others, comparisons, groups)
    return 0


def evaluated(source: str, model: str, options: argparse.Namespace):
    with tempfile.TemporaryDirectory() as out:
        evaluation, _ = mienet.evaluate_recordings(
            model, source, root=options.videos, out=out, order=options.order
        )
    print(f"{source}: {len(evaluation.recordings)} recordings", *evaluation.problems, sep="\n  ")
    show(evaluation.figures)
    return evaluation


def show_difference(name: str, measure, others, comparisons, groups) -> None:
    def over(some):
        return lambda places: measure([some[place] for place in places])

    found = paired_difference(over(others), over(comparisons), groups)
    times = 100 if name in SHARES else 1
    low, high = times * found.low, times * found.high
    print(f"  {name}: {times * found.value:.2f} ({low:.2f} to {high:.2f}), p = {found.p_value:.3f}")


def show(figures) -> None:
    for name in SHARES:
        found = figures[name]
        print(f"  {name}: {found.value:.1%} ({found.low:.1%} to {found.high:.1%})")
    for name in FRAMES:
        print(f"  {name}: {figures[name].value:.2f}")


if __name__ == "__main__":
    sys.exit(main())
