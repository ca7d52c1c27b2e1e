"""Kinovea's ``.kva``, versions 2.0 and 2.1: key images as events, stopwatches as intervals.

https://www.kinovea.org. Times are the video stream's timestamps; so many of them are one frame.
"""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from mienet.annotations.records import AnnotationError
from mienet.labeling.timeline_formats import TimelineFormat
from mienet.labeling.timeline_reading import Reading
from mienet.labeling.xml_files import line_of, text_of

OPEN = -1
"""A stopwatch that was never started or stopped."""


def looks_like_kinovea(name: str, start: str) -> bool:
    """Returns whether a file is Kinovea's."""
    return name.endswith(".kva") or "<KinoveaVideoAnalysis" in start


def read_kinovea(reading: Reading) -> None:
    """Adds key images and the sections of stopwatches; a section's tag is its subject.

    Times are those of the video as it is stored, also where it was captured at another rate.

    Raises:
        AnnotationError: If it is no such file.
    """
    root = reading.xml()
    if root.tag != "KinoveaVideoAnalysis":
        raise AnnotationError("unknown document", [f"{reading.path}: no file of Kinovea"])
    name = text_of(root, "FullPath") or text_of(root, "OriginalFilename") or reading.path.stem
    video = reading.video(name)
    stated = text_of(root, "VideoFramerate") or text_of(root, "UserFramerate")
    video.fps = _number(stated) if stated else None
    captured = text_of(root, "CaptureFramerate")
    fps = reading.rate(video)
    if fps is None:
        return
    if captured and abs(_number(captured) - fps) > 0.01 * fps:
        reading.note(f"captured at {_number(captured):g} frames per second and stored at {fps:g}; "
                     "times are those of the stored video; mienet prepare --capture-fps "
                     f"{_number(captured):g} makes them those of reality")  # fmt: skip
    if tracks := root.findall("Tracks/*"):
        reading.note(f"{len(tracks)} track(s) of where points move are not read")
    first = int(text_of(root, "FirstTimeStamp") or 0)
    per_frame = _number(text_of(root, "AverageTimeStampsPerFrame") or "1")

    def seconds(timestamp: int) -> float:
        return (timestamp - first) / per_frame / fps

    for keyframe in root.iterfind("Keyframes/Keyframe"):
        source = reading.at(line_of(keyframe), "key image")
        label = text_of(keyframe, "Name") or text_of(keyframe, "Title")
        time = int(text_of(keyframe, "Timestamp") or text_of(keyframe, "Position"))
        video.add(label, seconds(time), None, source)
    for node, label, subject, tier, start, end in _sections(root):
        source = reading.at(line_of(node), "stopwatch")
        if start == OPEN:
            continue
        if end == OPEN:
            reading.problem(source, f"unpaired start of {label!r}: the stopwatch was not stopped")
            continue
        video.add(label, seconds(start), seconds(end), source, subject=subject, tier=tier)


def _sections(root: Element) -> Iterator[tuple[Element, str, str, str, int, int]]:
    """Yields the label, subject, tier, start and end of all stopwatches, in timestamps."""
    for chrono in root.iterfind("Chronos/ChronoMulti"):
        name = chrono.get("name") or ""
        for section in chrono.iterfind("Values/Sections/Section"):
            start, _, end = (section.text or "").partition(";")
            label = section.get("name") or name
            yield section, label, section.get("tag") or "", name, int(start), int(end)
    for chrono in root.iterfind("Chronos/Chrono"):
        label = (chrono.findtext("Label/Text") or chrono.get("name") or "").strip()
        start, end = (
            chrono.findtext(f"Values/{n}Counting") or str(OPEN) for n in ("Start", "Stop")
        )
        yield chrono, label, "", "", int(start), int(end)


def _number(text: str) -> float:
    return float(text.replace(",", "."))


KINOVEA = TimelineFormat("a file of Kinovea", looks_like_kinovea, read_kinovea)
