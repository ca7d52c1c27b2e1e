"""CVAT's XML: tracks of a video, which are visible from one frame to another, or tags of frames.

https://docs.cvat.ai: "CVAT for video 1.1" has tracks and no tags, "CVAT for images 1.1" has tags.
Frames are those of the source video, from 0; their rate is not written.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from xml.etree.ElementTree import Element

from mienet.annotations.records import AnnotationError
from mienet.labeling.timeline_formats import TimelineFormat
from mienet.labeling.timeline_reading import Reading, VideoDraft
from mienet.labeling.xml_files import line_of, text_of


class _Task:
    """What the file says of one video, and how it counts its frames.

    Attributes:
        name: The video.
        step: How far frames that follow each other are apart, in the file's numbers.
        end: The first number behind the last frame; None where it is not written.
    """

    def __init__(self, node: Element | None, source: str, *, is_of_project: bool) -> None:
        node = Element("task") if node is None else node
        match = re.search(r"step=(\d+)", text_of(node, "frame_filter"))
        step, start = int(match[1]) if match else 1, int(text_of(node, "start_frame") or 0)
        self.name = source or text_of(node, "source")
        # The export of a project counts the frames of each task from 0, that of a task those of
        # the video.
        self.step, self._first, self._factor = step, 0, 1
        last = text_of(node, "stop_frame")
        self.end = int(last) + 1 if last else None
        if is_of_project:
            self.name = self.name or text_of(node, "name")
            self.step, self._first, self._factor = 1, start, step
            self.end = int(text_of(node, "size")) if text_of(node, "size") else None

    def frame(self, number: int) -> int:
        """Returns the frame of the video that has a number in the file."""
        return self._first + number * self._factor


def looks_like_cvat(name: str, start: str) -> bool:
    """Returns whether a file is an export of CVAT."""
    return "<annotations>" in start and (
        "<track" in start or "<image" in start or "<task>" in start
    )


def read_cvat(reading: Reading) -> None:
    """Adds the tracks as intervals, and runs of frames with one tag; shapes on images are counted.

    Raises:
        AnnotationError: If it has neither tracks nor images.
    """
    root = reading.xml()
    tracks, images = root.findall("track"), root.findall("image")
    if root.tag != "annotations" or not (tracks or images or root.find("meta") is not None):
        raise AnnotationError("unknown document", [f"{reading.path}: no tracks and no images"])
    source = root.findtext("meta/source") or ""
    task = root.find("meta/task")
    if task is None:
        task = root.find("meta/job")
    only = _Task(task, source, is_of_project=False)
    of_project = {
        text_of(node, "id"): _Task(node, "", is_of_project=True)
        for node in root.iterfind("meta/project/tasks/task")
    }
    if not of_project:
        _draft(reading, only)
    for track in tracks:
        _read_track(reading, track, of_project.get(track.get("task_id") or "", only))
    _read_tags(reading, images, of_project, only)
    if shapes := sum(child.tag != "tag" for image in images for child in image):
        reading.note(f"left out: {shapes} shapes on single images, which are no tags")


def _draft(reading: Reading, task: _Task) -> VideoDraft:
    return reading.video(task.name or reading.path.stem)


def _read_track(reading: Reading, track: Element, task: _Task) -> None:
    video = _draft(reading, task)
    fps = reading.rate(video)
    source = reading.at(line_of(track), f"track {track.get('id', '?')}")
    shapes = [shape for shape in track if shape.get("frame") is not None]
    shapes.sort(key=lambda shape: int(shape.get("frame", "0")))
    if fps is None or not shapes:
        return
    last = int(shapes[-1].get("frame", "0")) + task.step
    last = max(last, task.end or 0)
    borders = [int(shape.get("frame", "0")) for shape in shapes] + [last]
    visible: tuple[int, list[str]] | None = None
    for shape, (frame, after) in zip(shapes, pairwise(borders), strict=True):
        is_outside = shape.get("outside") == "1"
        said = [f"{a.get('name')}={(a.text or '').strip()}" for a in shape.findall("attribute")]
        if not is_outside and visible is None:
            visible = frame, said
        elif not is_outside and visible is not None and said != visible[1]:
            reading.note("attributes that change within a track count as they are at its beginning")
        if visible is not None and (is_outside or shape is shapes[-1]):
            end = frame if is_outside else after
            video.add(
                track.get("label") or "",
                task.frame(visible[0]) / fps,
                task.frame(end) / fps,
                source,
                modifiers=visible[1],
            )
            visible = None


def _read_tags(
    reading: Reading, images: list[Element], tasks: dict[str, _Task], only: _Task
) -> None:
    """Adds the runs of tags; a frame without an image in the file has none."""
    found: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for image in images:
        task_id = image.get("task_id") or ""
        digits = re.findall(r"\d+", (image.get("name") or "").rpartition(".")[0] or
                            image.get("name") or "")  # fmt: skip
        frame = int(digits[-1]) if digits else int(image.get("id") or 0)
        for tag in image.findall("tag"):
            found.setdefault((task_id, tag.get("label") or ""), []).append((frame, line_of(image)))
    for (task_id, label), frames in found.items():
        task = tasks.get(task_id, only)
        video = _draft(reading, task)
        fps = reading.rate(video)
        if fps is None:
            continue
        for first, last, line in _runs(sorted(frames), task.step):
            start, end = task.frame(first) / fps, task.frame(last + task.step) / fps
            video.add(label, start, end, reading.at(line))


def _runs(frames: list[tuple[int, int]], step: int) -> Iterator[tuple[int, int, int]]:
    """Yields the first and last frame of those that follow each other, and the first's line."""
    first, line = frames[0]
    for (frame, _), (after, next_line) in pairwise([*frames, (frames[-1][0] + 2 * step, 0)]):
        if after > frame + step:
            yield first, frame, line
            first, line = after, next_line


CVAT = TimelineFormat("an export of CVAT", looks_like_cvat, read_cvat)
