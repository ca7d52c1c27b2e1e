"""Documents for ELAN: a tier for every label and subject, and the labels as a vocabulary."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count as count_from
from mimetypes import guess_type
from pathlib import Path
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from mienet.labeling.timelines import AnnotatedVideo, Event, Mark, in_order, start_of
from mienet.labeling.video_names import base_name, stem

EVENT_TYPE = "event (1 ms)"
"""The type of tiers that are written for events, as ELAN has none; so they are read as events."""
CONFIDENCE_TYPE = "confidence"
"""The type of tiers that hold the confidence of their parents' annotations."""
OF_VIDEO, FPS, DURATION = "mienet video", "mienet fps", "mienet duration_seconds"
"""Properties of the document, as ELAN's schema has no place for a video's frame rate and length.
They hold for the video of that name, as a person may link another."""
ASSOCIATION = "Symbolic_Association"
CONSTRAINTS = {
    "Time_Subdivision": "Time subdivision of parent annotation's time interval, no time gaps "
    "allowed within this interval",
    "Symbolic_Subdivision": "Symbolic subdivision of a parent annotation. Annotations refering to "
    "the same parent are ordered",
    ASSOCIATION: "1-1 association with a parent annotation",
    "Included_In": "Time alignable annotations within the parent annotation's time interval, gaps "
    "are allowed",
}
"""How ELAN's tiers may depend on each other, in its own words."""


@dataclass
class _Tier:
    """Annotations of one label, subject and annotator that do not overlap, to be written."""

    name: str
    marks: list[tuple[int, int, Mark]]  # start and end in milliseconds


def write_elan(videos: Sequence[AnnotatedVideo]) -> dict[str, str]:
    """Returns a document for every video, with tiers by label and subject.

    Times are rounded to milliseconds. An event lasts one, as ELAN has none that do not last; where
    annotations of one label and subject overlap, there is a second tier. The frame rate and the
    length, where they are known, are properties of the document.

    Raises:
        ValueError: If two videos would have documents of the same name.
    """
    documents: dict[str, str] = {}
    for video in videos:
        name = f"{stem(base_name(video.name))}.eaf"
        if name in documents:
            raise ValueError(f"two videos would be written to {name}: write them one by one")
        root = _document(video)
        indent(root)
        text = tostring(root, encoding="unicode")
        documents[name] = f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'
    return documents


def _document(video: AnnotatedVideo) -> Element:
    root = Element(
        "ANNOTATION_DOCUMENT",
        {
            "AUTHOR": "",
            "DATE": datetime.now(UTC).isoformat(timespec="seconds"),
            "FORMAT": "3.0",
            "VERSION": "3.0",
            "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
            "xsi:noNamespaceSchemaLocation": "http://www.mpi.nl/tools/elan/EAFv3.0.xsd",
        },
    )
    header = SubElement(root, "HEADER", MEDIA_FILE="", TIME_UNITS="milliseconds")
    relative = "./" + quote(base_name(video.path or video.name))
    SubElement(
        header,
        "MEDIA_DESCRIPTOR",
        MEDIA_URL=Path(video.path).absolute().as_uri() if video.path else relative,
        MIME_TYPE=guess_type(relative)[0] or "unknown",
        RELATIVE_MEDIA_URL=relative,
    )
    for key, number in ((FPS, video.fps), (DURATION, video.duration_seconds)):
        if number is not None:
            SubElement(header, "PROPERTY", NAME=key).text = repr(float(number))
    if video.fps is not None or video.duration_seconds is not None:
        SubElement(header, "PROPERTY", NAME=OF_VIDEO).text = base_name(video.path or video.name)
    last_key = SubElement(header, "PROPERTY", NAME="lastUsedAnnotationId")
    order = SubElement(root, "TIME_ORDER")
    tiers = _tiers(video)
    borders = sorted(
        (time, number, place)
        for number, tier in enumerate(tiers)
        for place, time in enumerate(t for start, end, _ in tier.marks for t in (start, end))
    )
    slots = {}
    for count, (time, number, place) in enumerate(borders, start=1):
        slots[number, place] = f"ts{count}"
        SubElement(order, "TIME_SLOT", TIME_SLOT_ID=f"ts{count}", TIME_VALUE=str(time))
    entries = {label: f"cve{place}" for place, label in enumerate(video.labels)}
    keys = count_from(1)
    children: list[tuple[Element, str, list[tuple[str, str]]]] = []
    for number, tier in enumerate(tiers):
        node = _tier(root, tier)
        said: dict[str, list[tuple[str, str]]] = {}
        for place, (_, _, mark) in enumerate(tier.marks):
            key = f"a{next(keys)}"
            annotation = SubElement(
                SubElement(node, "ANNOTATION"),
                "ALIGNABLE_ANNOTATION",
                ANNOTATION_ID=key,
                CVE_REF=entries[mark.label],
                TIME_SLOT_REF1=slots[number, 2 * place],
                TIME_SLOT_REF2=slots[number, 2 * place + 1],
            )
            SubElement(annotation, "ANNOTATION_VALUE").text = mark.label
            for place_of, modifier in enumerate(mark.modifiers, start=1):
                said.setdefault(f"modifier {place_of}", []).append((key, modifier))
            if mark.confidence is not None:
                said.setdefault(CONFIDENCE_TYPE, []).append((key, f"{mark.confidence:.4f}"))
        children += [(node, kind, values) for kind, values in said.items()]
    for parent, kind, values in children:
        name = parent.get("TIER_ID", "")
        node = SubElement(
            root,
            "TIER",
            LINGUISTIC_TYPE_REF=CONFIDENCE_TYPE if kind == CONFIDENCE_TYPE else "modifier",
            PARENT_REF=name,
            TIER_ID=f"{name}_{kind}",
        )
        for parent_key, value in values:
            annotation = SubElement(
                SubElement(node, "ANNOTATION"),
                "REF_ANNOTATION",
                ANNOTATION_ID=f"a{next(keys)}",
                ANNOTATION_REF=parent_key,
            )
            SubElement(annotation, "ANNOTATION_VALUE").text = value
    last_key.text = str(next(keys) - 1)
    _add_types(root, entries)
    return root


def _tiers(video: AnnotatedVideo) -> list[_Tier]:
    """Returns the video's marks in tiers; within one they are in order and do not overlap."""
    lanes: dict[tuple[str, str, str, bool], list[_Tier]] = {}
    for mark in in_order(video):
        start = round(start_of(mark) * 1000)
        is_event = isinstance(mark, Event)
        end = start + 1 if isinstance(mark, Event) else round(mark.end_seconds * 1000)
        timed = (start, max(end, start + 1), mark)
        tiers = lanes.setdefault((mark.label, mark.subject, mark.annotator, is_event), [])
        tier = next((tier for tier in tiers if tier.marks[-1][1] <= start), None)
        if tier is None:
            name = "_".join(part for part in (mark.label, mark.subject, mark.annotator) if part)
            name += " (event)" if is_event else ""
            tier = _Tier(f"{name} {len(tiers) + 1}" if tiers else name, [])
            tiers.append(tier)
        tier.marks.append(timed)
    found = [tier for tiers in lanes.values() for tier in tiers]
    taken: dict[str, int] = {}
    for tier in found:  # as "a_b" may be a label, or a label and a subject
        taken[tier.name] = taken.get(tier.name, 0) + 1
        tier.name += "" if taken[tier.name] == 1 else f" ({taken[tier.name]})"
    return found


def _tier(root: Element, tier: _Tier) -> Element:
    first = tier.marks[0][2]
    node = SubElement(root, "TIER", DEFAULT_LOCALE="en")
    node.set("LINGUISTIC_TYPE_REF", EVENT_TYPE if isinstance(first, Event) else "label")
    for name, value in (("PARTICIPANT", first.subject), ("ANNOTATOR", first.annotator)):
        if value:
            node.set(name, value)
    node.set("TIER_ID", tier.name)
    return node


def _add_types(root: Element, entries: dict[str, str]) -> None:
    """Adds what the tiers refer to: types, the language, constraints, and the labels."""
    for name in ("label", EVENT_TYPE):
        SubElement(
            root,
            "LINGUISTIC_TYPE",
            CONTROLLED_VOCABULARY_REF="labels",
            GRAPHIC_REFERENCES="false",
            LINGUISTIC_TYPE_ID=name,
            TIME_ALIGNABLE="true",
        )
    for name in (CONFIDENCE_TYPE, "modifier"):
        SubElement(
            root,
            "LINGUISTIC_TYPE",
            CONSTRAINTS=ASSOCIATION,
            GRAPHIC_REFERENCES="false",
            LINGUISTIC_TYPE_ID=name,
            TIME_ALIGNABLE="false",
        )
    SubElement(root, "LOCALE", COUNTRY_CODE="US", LANGUAGE_CODE="en")
    SubElement(
        root,
        "LANGUAGE",
        LANG_DEF="http://cdb.iso.org/lg/CDB-00130975-001",
        LANG_ID="und",
        LANG_LABEL="undetermined (und)",
    )
    for name, description in CONSTRAINTS.items():
        SubElement(root, "CONSTRAINT", DESCRIPTION=description, STEREOTYPE=name)
    vocabulary = SubElement(root, "CONTROLLED_VOCABULARY", CV_ID="labels")
    SubElement(vocabulary, "DESCRIPTION", LANG_REF="und")
    for label, key in entries.items():
        entry = SubElement(vocabulary, "CV_ENTRY_ML", CVE_ID=key)
        SubElement(entry, "CVE_VALUE", DESCRIPTION="", LANG_REF="und").text = label
