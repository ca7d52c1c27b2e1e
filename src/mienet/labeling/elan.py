"""ELAN's files, ``.eaf``: tiers of annotations in milliseconds.

https://archive.mpi.nl/tla/elan; the schema is EAFv3.0.xsd. A tier's annotations do not overlap, and
the times of some are those of their parents, or lie evenly between neighbors that have times.
"""

import math
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from mienet.annotations.records import AnnotationError
from mienet.labeling.elan_writing import (
    ASSOCIATION,
    CONFIDENCE_TYPE,
    DURATION,
    EVENT_TYPE,
    FPS,
    OF_VIDEO,
    write_elan,
)
from mienet.labeling.timeline_formats import TimelineFormat
from mienet.labeling.timeline_reading import Reading, VideoDraft
from mienet.labeling.video_names import base_name
from mienet.labeling.xml_files import line_of, text_of

MILLISECONDS = "milliseconds"
_BACKUP = re.compile(r"\.eaf\.\d{3}$", re.IGNORECASE)
MOST_DEPTH = 20
"""Tiers that are associated with each other."""

Times = tuple[Decimal | None, Decimal | None]


@dataclass
class _Annotation:
    """One annotation: its times in milliseconds, or the annotation whose times it has."""

    key: str
    value: str
    slots: tuple[str, str] | None
    parent: str
    line: int


def looks_like_elan(name: str, start: str) -> bool:
    """Returns whether a file is ELAN's."""
    return name.endswith((".eaf", ".etf")) or "<ANNOTATION_DOCUMENT" in start


def read_elan(reading: Reading) -> None:
    """Adds the annotations of all tiers to the first video that is there, or else the first one.

    An annotation without a text has its tier's name for a label. What is associated one to one with
    another annotation is a modifier of it.

    Raises:
        AnnotationError: If it is no such document, or counts frames.
    """
    root = reading.xml()
    if root.tag != "ANNOTATION_DOCUMENT":
        raise AnnotationError("unknown document", [f"{reading.path}: no document of ELAN"])
    if reading.path.suffix.lower() == ".etf":
        reading.note("a template of ELAN, which has no annotations; left out")
        return
    if _BACKUP.search(reading.path.name):
        reading.note("a backup of ELAN, an earlier state of the document beside it; left out")
        return
    header = root.find("HEADER")
    units = "" if header is None else header.get("TIME_UNITS", "")
    if units not in ("", MILLISECONDS):
        what = f"its times are in {units}; accepted are {MILLISECONDS}, as ELAN saves them today"
        raise AnnotationError("unknown units", [f"{reading.path}: {what}"])
    name, origin = _media(reading, root)
    video = reading.video(name)
    _read_properties(reading, root, video)
    types = {node.get("LINGUISTIC_TYPE_ID"): node for node in root.findall("LINGUISTIC_TYPE")}
    tiers: list[tuple[Element, list[_Annotation]]] = [
        (tier, [_annotation(node) for node in tier.findall("ANNOTATION/*")])
        for tier in root.findall("TIER")
    ]
    slots = _slots(reading, root, [annotations for _, annotations in tiers])
    known = {one.key: one for _, annotations in tiers for one in annotations}
    associated: dict[str, list[tuple[str, _Annotation]]] = {}
    own = []
    for tier, annotations in tiers:
        kind = types.get(tier.get("LINGUISTIC_TYPE_REF"))
        if kind is not None and kind.get("CONSTRAINTS") == ASSOCIATION:
            type_name = kind.get("LINGUISTIC_TYPE_ID") or ""
            for one in annotations:
                associated.setdefault(one.parent, []).append((type_name, one))
        else:
            own.append((tier, annotations))
    for tier, annotations in own:
        tier_name, is_aligned = tier.get("TIER_ID") or "", True
        spans: list[tuple[Decimal, Decimal]] = []
        for one in annotations:
            source = reading.at(one.line, f"annotation {one.key} of tier {tier_name!r}")
            first, last = _times(one, known, slots)
            is_aligned = is_aligned and one.slots is not None
            if first is None or last is None:
                what = "has no time: its slots are not in TIME_ORDER, or none around them has one"
                reading.problem(source, what)
                continue
            spans.append((first, last))
            said = _associated_with(one.key, associated)
            confidence = next((v for kind, v in said if kind == CONFIDENCE_TYPE), "")
            is_event = tier.get("LINGUISTIC_TYPE_REF") == EVENT_TYPE
            video.add(
                one.value or tier_name,
                (first + origin) / 1000,
                None if is_event else (last + origin) / 1000,
                source,
                subject=tier.get("PARTICIPANT", ""),
                tier=tier_name,
                annotator=tier.get("ANNOTATOR", ""),
                modifiers=[v for kind, v in said if kind != CONFIDENCE_TYPE and v],
                confidence=float(confidence) if confidence else None,
            )
        spans.sort()
        for (_, end), (start, _) in pairwise(spans):
            if is_aligned and start < end:
                what = f"annotations overlap at {start / 1000} s, which ELAN does not allow"
                reading.problem(reading.at(f"tier {tier_name!r}"), what)


def _media(reading: Reading, root: Element) -> tuple[str, Decimal]:
    """Returns the video's name, and what its times are ahead of the document's, in milliseconds."""
    header = root.find("HEADER")
    media = [] if header is None else header.findall("MEDIA_DESCRIPTOR")
    if not media:
        old = "" if header is None else header.get("MEDIA_FILE", "")
        return old or reading.path.stem, Decimal(0)
    videos = [one for one in media if (one.get("MIME_TYPE") or "").startswith("video")] or media
    there = [one for one in videos if reading.is_there(_url(reading, one))]
    first = (there or videos)[0]
    name = _url(reading, first)
    if len(media) > 1:
        which = f"of {len(there)} that are there" if there else "video"
        reading.note(f"{len(media)} media files of one session; the first {which} counts: {name}")
    return name, Decimal(first.get("TIME_ORIGIN") or 0)


def _url(reading: Reading, media: Element) -> str:
    return media.get("RELATIVE_MEDIA_URL") or media.get("MEDIA_URL") or reading.path.stem


def _read_properties(reading: Reading, root: Element, video: VideoDraft) -> None:
    """Takes frame rate and length from a document that was written here, if of the same video."""
    nodes = {node.get("NAME"): node for node in root.iterfind("HEADER/PROPERTY")}
    if OF_VIDEO not in nodes:
        return
    of_video = (nodes[OF_VIDEO].text or "").strip()
    if of_video != unquote(base_name(video.name)):
        reading.note(f"its frame rate and length are of {of_video!r}, and not taken for its video")
        return
    for property_name, attribute in ((FPS, "fps"), (DURATION, "duration_seconds")):
        if (node := nodes.get(property_name)) is None:
            continue
        try:
            value = float(node.text or "")
        except ValueError:
            value = math.nan
        if 0 < value < math.inf:
            setattr(video, attribute, value)
        else:
            source = reading.at(line_of(node), f"property {property_name!r}")
            reading.problem(source, f"must be a number above 0, got {node.text!r}")


def _annotation(node: Element) -> _Annotation:
    one, other = node.get("TIME_SLOT_REF1"), node.get("TIME_SLOT_REF2")
    return _Annotation(
        node.get("ANNOTATION_ID") or "",
        text_of(node, "ANNOTATION_VALUE"),
        (one, other) if one and other else None,
        node.get("ANNOTATION_REF") or "",
        line_of(node),
    )


def _slots(
    reading: Reading, root: Element, tiers: list[list[_Annotation]]
) -> dict[str, Decimal | None]:
    """Returns the slots' times; those that have none lie evenly between neighbors in their tier."""
    times: dict[str, Decimal | None] = {}
    for slot in root.iterfind("TIME_ORDER/TIME_SLOT"):
        key, value = slot.get("TIME_SLOT_ID") or "", slot.get("TIME_VALUE")
        try:
            times[key] = None if value is None else Decimal(value)
        except InvalidOperation:
            what = f"is no number of milliseconds: {value!r}"
            reading.problem(reading.at(line_of(slot), f"time slot {key}"), what)
    for annotations in tiers:
        borders: list[list[str]] = []  # slots that are one moment
        aligned = (one.slots for one in annotations if one.slots is not None)
        for first, last in (pair for pair in aligned if times.keys() >= set(pair)):
            before = borders[-1][-1] if borders else ""
            if before and (before == first or None in (times.get(before), times.get(first))):
                borders[-1].append(first)
            else:
                _spread(borders, times)
                borders = [[first]]
            borders.append([last])
        _spread(borders, times)
    return times


def _spread(borders: list[list[str]], times: dict[str, Decimal | None]) -> None:
    """Gives times to the borders that have none, between two that have one."""
    found = [next((times[s] for s in slots if times.get(s) is not None), None) for slots in borders]
    places = [place for place, time in enumerate(found) if time is not None]
    for left, right in pairwise(places):
        first, last = found[left], found[right]
        for place in range(left + 1, right):
            if first is not None and last is not None:
                found[place] = first + (last - first) * (place - left) / (right - left)
    for slots, time in zip(borders, found, strict=True):
        for slot in slots:
            times[slot] = time if times.get(slot) is None else times[slot]


def _times(
    one: _Annotation, known: dict[str, _Annotation], slots: dict[str, Decimal | None]
) -> Times:
    """Returns an annotation's times, or those of the annotation that it refers to."""
    seen: set[str] = set()
    while one.slots is None:
        if one.parent in seen or one.parent not in known:
            return None, None
        seen.add(one.parent)
        one = known[one.parent]
    return slots.get(one.slots[0]), slots.get(one.slots[1])


def _associated_with(
    key: str, associated: dict[str, list[tuple[str, _Annotation]]], depth: int = 0
) -> list[tuple[str, str]]:
    """Returns types and texts of all that is associated with an annotation, and with that again."""
    found = []
    for kind, one in associated.get(key, []) if depth < MOST_DEPTH else []:
        found.append((kind, one.value))
        found += _associated_with(one.key, associated, depth + 1)
    return found


ELAN = TimelineFormat("an ELAN document", looks_like_elan, read_elan, write_elan)
