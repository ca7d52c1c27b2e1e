"""Label Studio's exports, JSON, JSON-MIN and CSV, and tasks with predictions to import.

https://labelstud.io. Labs mark times in two ways: frames on a video (``TimelineLabels``), counted
from 1 with the end included, at the frame rate of the project's settings, which exports lack; or
regions of a sound that is played with the video (``Labels``), in seconds.
"""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import quoteattr

from mienet.annotations.json_lists import parse_json
from mienet.annotations.records import AnnotationError
from mienet.annotations.tables import find_separator, first_line, split_fields
from mienet.labeling.timeline_formats import TimelineFormat
from mienet.labeling.timeline_reading import Reading, VideoDraft
from mienet.labeling.timelines import AnnotatedVideo, Event, in_order
from mienet.labeling.video_names import spellings, stem
from mienet.video.endings import VIDEO_SUFFIXES

LABELS = ("timelinelabels", "labels", "timeserieslabels")
"""Keys of a region's labels; what kind of region it is shows in its other keys."""
SUBJECT = "subject: "
"""What a region's note begins with that names the subject."""
CONTROL, OBJECT = "videoLabels", "video"
"""Names of the controls in Label Studio's own template, which predictions are written for."""
CHOICES = "modifiers"
"""Name of the choices for each region that hold its modifiers."""
OWN_COLUMNS = frozenset((
    *("id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time", "agreement"),
))  # fmt: skip

Region = Mapping[str, Any]


def looks_like_label_studio(name: str, start: str) -> bool:
    """Returns whether a file is an export of Label Studio."""
    if start.lstrip().startswith("{"):  # a task alone, as the program's API gives it
        return '"annotations"' in start and re.search(r'"data":\s*{', start) is not None
    if start.lstrip().startswith("["):
        is_export = '"annotations"' in start and '"data"' in start
        return is_export or '"annotation_id"' in start or ('"predictions"' in start and
                                                           '"model_version"' in start)  # fmt: skip
    first = first_line(start)
    fields = {field.strip().lower() for field in split_fields(first, find_separator(first))}
    return {"annotation_id", "annotator", "lead_time"} <= fields


def read_label_studio(reading: Reading) -> None:
    """Adds the annotations of all tasks; skipped ones and an export's predictions are left out.

    Every annotator's marks carry their name, as several may have labeled one video. A task that
    nobody has labeled is named, as it is not one in which nothing happens. A range of one frame is
    an event, and so is an instant. A choice for a region is a modifier of it; what else says no
    times, such as a choice for a video or a box, is counted. Several labeled tasks of one video are
    observations of it, so that a person says which count, or that all do.
    """
    is_json = reading.text().lstrip().startswith(("[", "{"))
    tasks: Any = reading.json() if is_json else list(_csv_tasks(reading))
    if isinstance(tasks, dict) and "data" in tasks:
        tasks = [tasks]
    if not isinstance(tasks, list):
        problem = (
            f"{reading.path}: expected a list of tasks, or a task with data and annotations; "
            "export the project as JSON"
        )
        raise AnnotationError("bad export", [problem])
    left_out: Counter[str] = Counter()
    marks: dict[tuple[str, int], dict[str, int]] = {}
    for number, task in enumerate(tasks, start=1):
        where = f"task {task.get('id', number)}"
        if "data" in task:
            marks[where, number] = _read_task(reading, task, where, left_out)
        else:  # a task has as many rows as annotations
            marks.setdefault((where, 0), {}).update(_read_row(reading, task, where, left_out))
    counts = Counter(_plain(draft.name) for draft in reading.drafts)
    for draft in reading.drafts:
        if counts[_plain(draft.name)] == 1:  # its task's name tells it from nothing
            draft.observation = ""
    empty = [where for (where, _), annotations in marks.items() if not annotations]
    if empty:
        reading.note(f"{len(empty)} of {len(marks)} tasks are not labeled: {_some(empty)}")
    labeled = [annotations for annotations in marks.values() if any(annotations.values())]
    if silent := [place for found in labeled for place, count in found.items() if not count]:
        what = "annotation(s) mark nothing, while others of their tasks do, which count"
        reading.note(f"{len(silent)} {what}: {_some(silent)}")
    if left_out:
        shown = ", ".join(f"{count} of {kind}" for kind, count in sorted(left_out.items()))
        advice = "; choices of what whole videos show are read from a CSV: path,label"
        advice = advice if "(choices)" in shown else ""
        reading.note(f"left out, as they say no times: {shown}{advice}")


def _some(places: Sequence[str]) -> str:
    return ", ".join(places[:5]) + (", ..." if len(places) > 5 else "")


def _csv_tasks(reading: Reading) -> Iterator[dict[str, Any]]:
    text = reading.text()
    separator = find_separator(first_line(text))
    for row in csv.DictReader(io.StringIO(text, newline=""), delimiter=separator):
        task: dict[str, Any] = {k: v for k, v in row.items() if k is not None}
        for key, value in task.items():
            if isinstance(value, str) and value.startswith("[{"):
                task[key] = parse_json(reading.path, value, parse_float=Decimal)
        yield task


def _read_task(
    reading: Reading, task: Mapping[str, Any], where: str, left_out: Counter[str]
) -> dict[str, int]:
    """Adds a task of the full export; returns how many regions of each annotation say times."""
    found = {}
    # Exports have annotations, if none; a file to import may have predictions alone.
    annotations = task["annotations"] if "annotations" in task else task.get("predictions")
    for annotation in annotations or []:
        if annotation.get("was_cancelled"):
            continue
        rater = annotation.get("completed_by")
        annotator = rater.get("email") or rater.get("id") if isinstance(rater, dict) else rater
        place = f"{where}, annotation {annotation.get('id', '?')}"
        found[place] = 0
        regions = annotation.get("result") or []
        video = _video(reading, task["data"], regions, where)
        chosen = _choices_of_regions(regions)
        for region in regions:
            value = region.get("value")
            if not isinstance(value, dict) or ("choices" in value and region.get("id") in chosen):
                continue
            source = reading.at(f"{place}, region {region.get('id', '?')}")
            tier = str(region.get("from_name") or "")
            modifiers = chosen.get(region.get("id"), [])
            if _add(
                video, value, task["data"], source, tier, str(annotator or ""), region, modifiers
            ):
                found[place] += 1
            else:
                left_out[f"{tier} ({region.get('type', '?')})"] += 1
    return found


def _choices_of_regions(regions: Sequence[Region]) -> dict[Any, list[str]]:
    """Returns what was chosen for each region that has a label, by its id, which both have."""
    values = [(r.get("id"), r["value"]) for r in regions if isinstance(r.get("value"), dict)]
    chosen: dict[Any, list[str]] = {
        key: [] for key, value in values if key and any(value.get(name) for name in LABELS)
    }
    for key, value in values:
        if key in chosen:
            chosen[key] += map(str, value.get("choices") or [])
    return chosen


def _read_row(
    reading: Reading, row: Mapping[str, Any], where: str, left_out: Counter[str]
) -> dict[str, int]:
    """Adds a row of the short export, one an annotation; returns what ``_read_task`` does."""
    if row.get("annotation_id") in (None, ""):
        return {}
    columns = {key: value for key, value in row.items() if key not in OWN_COLUMNS}
    regions = {
        key: value
        for key, value in columns.items()
        if isinstance(value, list) and all(isinstance(one, dict) for one in value)
    }
    data = {key: value for key, value in columns.items() if key not in regions}
    place = f"{where}, annotation {row['annotation_id']}"
    found = {place: 0}
    video = _video(reading, data, [one for values in regions.values() for one in values], where)
    for tier, values in regions.items():
        for number, value in enumerate(values, start=1):
            source = reading.at(f"{place}, {tier} {number}")
            if _add(video, value, data, source, tier, str(row.get("annotator") or ""), {}):
                found[place] += 1
            else:
                left_out[tier] += 1
    return found


def _video(
    reading: Reading, data: Mapping[str, Any], regions: Sequence[Region], where: str
) -> VideoDraft:
    video = reading.video(_name(reading, data), observation=where, source=reading.at(where))
    for region in regions:
        value = region.get("value")
        value = value if isinstance(value, dict) else region
        count, duration = value.get("framesCount"), value.get("duration")
        if count and duration:
            video.fps = float(count) / float(duration)
    return video


def _name(reading: Reading, data: Mapping[str, Any]) -> str:
    """Returns the video of a task: the value that ends as a video does, or the likeliest key's."""
    texts = {key: value for key, value in data.items() if isinstance(value, str) and value}
    videos = [key for key, value in texts.items() if _is_video(value)]
    if len({texts[key] for key in videos}) > 1:
        reading.note(f"tasks name several videos ({', '.join(videos)}); that of {videos[0]} counts")
    if videos:
        return texts[videos[0]]
    for key in ("video", "video_url", "audio", "url"):
        if key in texts:
            return texts[key]
    return next((value for value in texts.values() if "/" in value), "")


def _plain(name: str) -> str:
    """Returns what is common to the names of one video in several tasks, which may be uploads."""
    return stem(min(spellings(name), key=len)).lower()


def _is_video(value: str) -> bool:
    plain = re.sub(r"[?#](?!d=).*", "", value)
    return stem(plain) != plain or any(f"{ending}?" in value for ending in VIDEO_SUFFIXES)


def _add(
    video: VideoDraft,
    value: Mapping[str, Any],
    data: Mapping[str, Any],
    source: str,
    tier: str,
    annotator: str,
    region: Region,
    modifiers: Sequence[str] = (),
) -> bool:
    """Adds what a region says of times; returns whether it says any, which a box does not."""
    # A part of a text counts letters; a choice has the times of the region that it is for.
    if not ("ranges" in value or "start" in value) or "text" in value or "choices" in value:
        return False
    labels = next((value[key] for key in LABELS if value.get(key)), [""])
    if length := region.get("original_length"):
        video.duration_seconds = float(length)
    try:
        spans = list(_spans(video, value, data))
    except (ValueError, TypeError, KeyError) as error:
        what = f"has no {error}" if isinstance(error, KeyError) else str(error)
        video.reading.problem(source, what)
        return True
    score = region.get("score")
    for start, end in spans:
        for label in labels:
            video.add(
                label,
                start,
                end,
                source,
                subject=_subject(region),
                tier=tier,
                annotator=annotator,
                modifiers=modifiers,
                confidence=None if score is None else float(score),
            )
    return True


def _subject(region: Region) -> str:
    """Returns the subject that is written into the note of a region, if it is."""
    notes = (region.get("meta") or {}).get("text") or []
    said = (str(note).removeprefix(SUBJECT) for note in notes if str(note).startswith(SUBJECT))
    return next(said, "")


def _spans(video: VideoDraft, value: Region, data: Region) -> Iterator[tuple[float, float | None]]:
    """Yields starts and ends in seconds; none of frames whose rate is not known."""
    if "ranges" not in value:
        yield float(value["start"]), None if value.get("instant") else float(value["end"])
        return
    if video.fps is None and str(data.get("fps") or "").strip():
        video.fps = float(data["fps"])
    fps = video.reading.rate(video, of_video=False)
    if fps is not None:
        yield from _frames(value["ranges"], fps)


def _frames(ranges: Sequence[Region], fps: float) -> Iterator[tuple[float, float | None]]:
    """Yields starts and ends in seconds of ranges of frames, which count from 1."""
    for one in ranges:
        first, last = int(one["start"]), int(one["end"])
        if first < 1 or first != one["start"] or last != one["end"]:
            raise ValueError(f"frames are whole numbers from 1, got {one['start']} to {one['end']}")
        if last < first:
            raise ValueError(f"ends at frame {last}, before it starts at frame {first}")
        yield (first - 1) / fps, last / fps if last > first else None


def write_label_studio(videos: Sequence[AnnotatedVideo]) -> dict[str, str]:
    """Returns tasks with predictions, and the project's settings that they are for.

    Frames are counted at the video's rate, which the settings hold, so that all videos of a project
    must have one rate, to the six digits of the settings: a rate that was measured is 24.999999996.
    What lasts one frame cannot be told from an event in Label Studio. Modifiers are choices for
    their region, which the settings list where there are any.

    Raises:
        ValueError: If a frame rate is not known, or they differ.
    """
    rates = {f"{video.fps or 0:g}" for video in videos}
    rate = next(iter(rates), "0")
    if len(rates) != 1 or rate == "0":
        shown = ", ".join(
            sorted(f"{v.name}: {f'{v.fps:g}' if v.fps else 'unknown'}" for v in videos)
        )
        raise ValueError(
            "Label Studio counts frames at one rate a project: give the frame rate of the videos, "
            f"and write those of another rate on their own; got {shown}"
        )
    tasks = [_task(video, float(rate)) for video in videos]
    labels = sorted({label for video in videos for label in video.labels})
    entries = "".join(f"<Label value={quoteattr(label)}/>" for label in labels)
    settings = (
        f'<View><TimelineLabels name="{CONTROL}" toName="{OBJECT}">{entries}</TimelineLabels>'
        f'<Video name="{OBJECT}" value="$video" framerate="{rate}"/>{_choices(videos)}</View>\n'
    )
    return {
        "label_studio_tasks.json": json.dumps(tasks, indent=1) + "\n",
        "label_studio_settings.xml": settings,
    }


def _choices(videos: Sequence[AnnotatedVideo]) -> str:
    """Returns the settings' part with all modifiers; nothing if there are none."""
    modifiers = {one for video in videos for mark in in_order(video) for one in mark.modifiers}
    choices = "".join(f"<Choice value={quoteattr(one)}/>" for one in sorted(modifiers) if one)
    opened = f'<Choices name="{CHOICES}" toName="{OBJECT}" perRegion="true" choice="multiple">'
    return f"{opened}{choices}</Choices>" if choices else ""


def _task(video: AnnotatedVideo, fps: float) -> dict[str, Any]:
    result = []
    for number, mark in enumerate(in_order(video), start=1):
        if isinstance(mark, Event):
            first = last = round(mark.time_seconds * fps) + 1
        else:
            first = round(mark.start_seconds * fps) + 1
            last = max(round(mark.end_seconds * fps), first)
        entry: dict[str, Any] = {
            "meta": {"text": [SUBJECT + mark.subject]} if mark.subject else {},
            "id": f"r{number}",
            "type": "timelinelabels",
            "value": {"ranges": [{"start": first, "end": last}], "timelinelabels": [mark.label]},
            "origin": "prediction",
            "to_name": OBJECT,
            "from_name": CONTROL,
        }
        if mark.confidence is not None:
            entry["score"] = round(mark.confidence, 4)
        result.append(entry)
        if chosen := [one for one in mark.modifiers if one]:
            value = {"ranges": entry["value"]["ranges"], "choices": chosen}
            of_region = {key: entry[key] for key in ("id", "origin", "to_name")}
            result.append(of_region | {"type": "choices", "value": value, "from_name": CHOICES})
    prediction: dict[str, Any] = {"model_version": "mienet", "result": result}
    scores = [entry["score"] for entry in result if "score" in entry]
    if scores:
        prediction["score"] = round(sum(scores) / len(scores), 4)
    data = {"video": video.path or video.name, "fps": fps}
    return {"data": data, "predictions": [prediction]}


LABEL_STUDIO = TimelineFormat(
    "an export of Label Studio", looks_like_label_studio, read_label_studio, write_label_studio
)
