"""Reads all samples of annotation formats under a folder, and prints what differs.

    python benchmarks/annotation_formats.py FOLDER

A folder with an ``expected.json`` holds samples: ``file`` and ``items``, or ``second_file`` and
``second_items``; an item is an interval, or with ``end_seconds`` null an event. Labels, times,
video, subject and tier are compared where an item states them; ``fps`` is what frames are read at.
All other files are read too, and must give videos or a clear error.
"""

import json
import sys
from pathlib import Path
from typing import Any

from mienet.annotations.records import AnnotationError
from mienet.labeling.timeline_formats import find_timeline_format, read_timelines
from mienet.labeling.timelines import AnnotatedVideo, Interval, Mark, in_order, start_of
from mienet.labeling.video_names import VideoNames, base_name

CLOSE_SECONDS = 5e-4


def is_named(written: str, expected: str) -> bool:
    """Returns whether a name means the expected video; an expected id has no ending."""
    if not written or not expected:
        return written == expected
    try:
        return bool(VideoNames([Path(base_name(expected))]).find(written))
    except ValueError:
        return False


def fits(item: dict[str, Any], video: AnnotatedVideo, mark: Mark) -> bool:
    end = mark.end_seconds if isinstance(mark, Interval) else None
    start, stop = item["start_seconds"], item.get("end_seconds")
    said = {"tier": mark.tier, "subject": mark.subject, "observation": video.observation}
    return (
        item["label"] == mark.label
        and abs(start - start_of(mark)) < CLOSE_SECONDS
        and (stop is None) == (end is None)
        and (stop is None or end is None or abs(stop - end) < CLOSE_SECONDS)
        and is_named(video.name, item.get("video") or "")
        and all((item.get(key) or "") == value for key, value in said.items() if key in item)
        and set(item.get("modifiers", mark.modifiers)) == set(mark.modifiers)
    )


def compare(file: Path, items: list[dict[str, Any]], fps: float | None) -> int:
    """Prints what differs between a file and its expected items, and returns how much does."""
    read = read_timelines(file, fps=fps, skip_broken=True)
    marks = [(video, mark) for video in read.videos for mark in in_order(video)]
    wanted = [item for item in items if not item.get("unpaired_start")]
    wrong = 0
    for item in wanted:
        # A file that names no video gives its own name's.
        fitting = next((pair for pair in marks if fits(item, *pair)), None) or next(
            (
                (v, m)
                for v, m in marks
                if item.get("video") is None and fits(item | {"video": v.name}, v, m)
            ),
            None,
        )
        if fitting is None:
            wrong += 1
            print(f"  missing: {item}")
        else:
            marks.remove(fitting)
    observations = {item["observation"] for item in items if "observation" in item}
    tiers = {item["tier"] for item in items if "tier" in item}
    extra = [
        (video, mark)
        for video, mark in marks
        if (not observations or video.observation in observations)
        and (not tiers or mark.tier in tiers)
    ]
    for video, mark in extra:
        print(f"  not expected: {video.name!r} {video.observation!r} {mark}")
    print(f"{file}: {len(wanted)} expected, {wrong} missing, {len(extra)} not expected, "
          f"{len(read.problems)} problems")  # fmt: skip
    return wrong + len(extra)


def main(folder: Path) -> int:
    wrong, compared = 0, set()
    for expected in sorted(folder.rglob("expected.json")):
        content = json.loads(expected.read_text(encoding="utf-8"))
        for key in [key for key in content if key.endswith("file")]:
            path = expected.parent / content[key]
            compared.add(path)
            wrong += compare(path, content[f"{key[:-4]}items"], content.get("fps"))
    for path in sorted(folder.rglob("*")):
        if path in compared or not path.is_file() or path.name == "expected.json":
            continue
        found = find_timeline_format(path)
        if found is None:
            print(f"{path}: of no format of annotated videos")
            continue
        try:
            read = read_timelines(path, fps=25, skip_broken=True)
        except AnnotationError as error:
            print(f"{path}: {found.title}: {error}")
            continue
        marks = sum(len(video.intervals) + len(video.events) for video in read.videos)
        print(f"{path}: {found.title}: {len(read.videos)} videos, {marks} marks, "
              f"{len(read.problems)} problems, {len(read.notes)} notes")  # fmt: skip
    print(f"{wrong} wrong")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
