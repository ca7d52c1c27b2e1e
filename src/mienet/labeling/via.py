"""Projects of the VGG Image Annotator 3 (VIA), one JSON file for several videos.

https://www.robots.ox.ac.uk/~vgg/software/via. An attribute is a tier; the value of one with options
is an option's key, and that of one without is text.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from mienet.annotations.records import AnnotationError
from mienet.labeling.timeline_formats import TimelineFormat
from mienet.labeling.timeline_reading import Reading

CHECKBOX = 2
"""The type of attributes of which several options may be chosen."""
IMAGE = 2
"""The type of files that are images."""


def looks_like_via(name: str, start: str) -> bool:
    """Returns whether a file is a project of VIA, of version 3 or 2."""
    if not start.lstrip().startswith("{"):
        return False
    is_via_3 = all(f'"{key}"' in start for key in ("project", "config", "attribute", "file"))
    return is_via_3 or '"_via_settings"' in start


def read_via(reading: Reading) -> None:
    """Adds the segments of all videos as intervals, and marks of a moment as events.

    Raises:
        AnnotationError: If it is a project of VIA 2, which is for images.
    """
    project = reading.json()
    if "_via_settings" in project:
        problem = f"{reading.path}: a project of VIA 2, for images; videos are labeled in VIA 3"
        raise AnnotationError("unknown version", [problem])
    attributes = project.get("attribute") or {}
    files = {str(key): file for key, file in (project.get("file") or {}).items()}
    for view in (project.get("view") or {}).values():
        _name(reading, files, view)
    boxes = whole = 0
    for key, entry in (project.get("metadata") or {}).items():
        times = entry.get("z") or []
        source = reading.at(f"metadata {key}")
        name = _name(reading, files, (project.get("view") or {}).get(str(entry.get("vid"))) or {})
        if not times:
            whole += 1
        elif entry.get("xy"):
            boxes += 1
        elif len(times) > 2:
            reading.problem(source, f"has {len(times)} times; accepted are 1 or 2")
        elif not entry.get("av"):
            reading.problem(source, "no label")
        elif name is not None:
            video = reading.video(name)
            end = times[1] if len(times) == 2 else None
            for tier, label in _labels(entry["av"], attributes):
                video.add(label, times[0], end, source, tier=tier)
    if boxes or whole:
        reading.note(
            f"left out: {boxes} boxes and {whole} notes on whole files, which have no times"
        )


def _name(reading: Reading, files: Mapping[str, Any], view: Mapping[str, Any]) -> str | None:
    """Returns the video of a view, which is a draft from then on; None for one of images."""
    found = [files.get(str(key)) or {} for key in view.get("fid_list") or []]
    if len(found) > 1:
        reading.note(f"a view of {len(found)} files; the first is read")
    if not found or found[0].get("type") == IMAGE:
        return None if found else ""
    name = str(found[0].get("fname") or found[0].get("src") or "")
    reading.video(name)
    return name


def _labels(values: Mapping[str, Any], attributes: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yields tiers and labels of a segment."""
    for key, value in values.items():
        attribute = attributes.get(key) or {}
        options = attribute.get("options") or {}
        chosen = [str(value)]
        if attribute.get("type") == CHECKBOX:
            chosen = [part.strip() for part in str(value).split(",") if part.strip()]
        for one in chosen:
            yield str(attribute.get("aname") or key), str(options.get(one, one))


VIA = TimelineFormat("a VIA 3 project", looks_like_via, read_via)
