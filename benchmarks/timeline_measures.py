"""The measures of phases and events against what the fields' own evaluators compute.

    python benchmarks/timeline_measures.py FILE

FILE is JSON with two lists of cases, each case with its ``seed`` and the ``expected`` figures in
percent. ``segments``: videos with a true and a predicted label for each frame, "background" among
them; frame_accuracy, edit and f1@10 as MS-TCN's evaluation. ``events``: true and predicted events
with video, label, frame and score; map@0 as E2E-Spot's. For every figure: how far ours is from it.
"""

import argparse
import json
from pathlib import Path

from mienet.metrics import (
    Event,
    compare_events,
    compare_phases,
    edit_score,
    frame_accuracy,
    mean_average_precision,
    segmental_f1,
)

ACCEPTED = 1e-9


def phase_figure(case: dict, name: str) -> float:
    videos = [
        compare_phases(video["true"], video["predicted"], background=("background",))
        for video in case["videos"]
    ]
    if name.startswith("f1@"):
        return segmental_f1(videos, int(name.removeprefix("f1@")) / 100)
    return {"frame_accuracy": frame_accuracy, "edit": edit_score}[name](videos)


def event_figure(case: dict, name: str) -> float:
    tolerance_frames = int(name.removeprefix("map@"))
    true = {video["video"]: events(video) for video in case["true"]}
    predicted = {video["video"]: events(video) for video in case["predicted"]}
    names = list(predicted) + [video for video in true if video not in predicted]
    videos = [
        compare_events(
            true.get(video, []), predicted.get(video, []), tolerance_frames=tolerance_frames
        )
        for video in names
    ]
    return mean_average_precision(videos)


def events(video: dict) -> list[Event]:
    return [
        Event(event["label"], event["frame"], event.get("score", 1.0)) for event in video["events"]
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    cases = json.loads(parser.parse_args().file.read_text())
    print(f"{'cases':9} seed  {'figure':14} {'expected':>12} {'ours':>12}  difference")
    compared = differing = 0
    for kind, figure in (("segments", phase_figure), ("events", event_figure)):
        for case in cases[kind]:
            for name, expected in case["expected"].items():
                ours = 100 * figure(case, name)
                difference = abs(ours - expected)
                compared += 1
                row = f"{kind:9} {case['seed']:>4}  {name:14} {expected:12.6f} {ours:12.6f}"
                print(f"{row}  {difference:.1e}")
                differing += not difference <= ACCEPTED
    print(f"{compared - differing} of {compared} agree to {ACCEPTED:g}")
    return 1 if differing else 0


if __name__ == "__main__":
    raise SystemExit(main())
