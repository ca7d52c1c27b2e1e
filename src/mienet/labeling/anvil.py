"""Files of ANVIL (https://www.anvil-software.org), which researchers of gestures annotate with.

A track is a tier; each attribute of an element is a label of its own, on the tier
``TRACK.ATTRIBUTE``. No real file was at hand: read as its handbook says.
"""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from mienet.annotations.records import AnnotationError
from mienet.labeling.timeline_formats import TimelineFormat
from mienet.labeling.timeline_reading import Reading, VideoDraft
from mienet.labeling.xml_files import line_of

PRIMARY = ("primary", "primary point")
"""Types of tracks whose elements have times; those of others name elements of another track."""


def looks_like_anvil(name: str, start: str) -> bool:
    """Returns whether a file is one of ANVIL, by its ending or its first elements."""
    return name.endswith(".anvil") or ("<annotation>" in start and "<specification" in start)


def read_anvil(reading: Reading) -> None:
    """Adds the elements of all tracks that have times of their own.

    Raises:
        AnnotationError: If it is no such file, or names no video.
    """
    root = reading.xml()
    videos = [node.get("src") or "" for node in root.iterfind("head/video")]
    if root.tag != "annotation" or not any(videos):
        what = "no file of ANVIL that names its video"
        raise AnnotationError("unknown document", [f"{reading.path}: {what}"])
    video = reading.video(videos[0])
    if len(videos) > 1:
        reading.note(f"names {len(videos)} videos; the first counts: {videos[0]}")
    for track in root.iterfind("body//track"):
        name = track.get("name") or ""
        if (kind := track.get("type") or "primary") not in PRIMARY:
            reading.note(f"left out: track {name!r} of type {kind}, whose times are another's")
            continue
        for element in track.iterfind("el"):
            _read_element(reading, video, name, element)


def _read_element(reading: Reading, video: VideoDraft, track: str, element: Element) -> None:
    source = reading.at(line_of(element))
    is_point = element.get("time") is not None
    start = element.get("time") if is_point else element.get("start")
    if start is None or (not is_point and element.get("end") is None):
        reading.problem(source, "has no time: neither start and end, nor time")
        return
    try:
        times = float(start), None if is_point else float(element.get("end") or 0)
    except ValueError as error:
        reading.problem(source, f"is at no number of seconds: {error}")
        return
    for tier, label in _labels(track, element):
        video.add(label, *times, source, tier=tier)


def _labels(track: str, element: Element) -> Iterator[tuple[str, str]]:
    """Yields tiers and labels of an element; one that says nothing is labeled by its track."""
    attributes = [node for node in element.findall("attribute") if (node.text or "").strip()]
    for attribute in attributes:
        yield f"{track}.{attribute.get('name') or ''}", attribute.text or ""
    if not attributes:
        yield track, track


ANVIL = TimelineFormat("a file of ANVIL", looks_like_anvil, read_anvil)
