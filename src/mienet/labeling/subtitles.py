"""Subtitles, SRT and WebVTT, one cue an interval.

The text of a cue is ``subject: label [modifier|modifier]``, as BORIS writes it, or ``<v subject>
label``, as WebVTT does, or a label alone; several lines are several labels. Subtitles have no
events: those that are written here last half a second and end in ``[event]``, and so are read.
"""

import html
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from mienet.annotations.tables import numbered_lines
from mienet.labeling.timeline_formats import TimelineFormat
from mienet.labeling.timeline_reading import Reading
from mienet.labeling.timelines import AnnotatedVideo, Event, Mark, in_order, start_of
from mienet.labeling.video_names import base_name, stem

NO_SUBJECT = "No focal subject"
EVENT = "event"
EVENT_SECONDS = 0.5
"""How long a player shows an event; the same as BORIS takes."""

_CLOCK = r"(?:(\d+):)?([0-5]?\d):([0-5]?\d)[.,](\d{1,3})"
_ARROW = re.compile(rf"\s*{_CLOCK}\s*-->\s*{_CLOCK}(?:\s.*)?")
_LIKE_ARROW = re.compile(r"\s*\d+:[\d:.,]*\s*[-=\u2013\u2014]+>.*")
"""Times of a cue that are written in another way."""
ACCEPTED = "00:00:01,200 --> 00:00:02,500"
_VOICE = re.compile(r"<v(?:\.\S+)?\s+([^>]+)>")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<\d[\d:.]*>")


def looks_like_subtitles(name: str, start: str) -> bool:
    """Returns whether a file is SRT or WebVTT."""
    return name.endswith((".srt", ".vtt")) or start.startswith("WEBVTT")


def read_subtitles(reading: Reading) -> None:
    """Adds the cues to the video that is called as the file is."""
    video = reading.video(reading.path.stem)
    for line, start, end, texts in _cues(reading):
        for text in texts or [""]:  # one without a text has no label, which is a problem
            subject, label, modifiers = _parse(text)
            is_event = modifiers[-1:] == [EVENT]
            video.add(
                label,
                start,
                None if is_event else end,
                reading.at(line),
                subject=subject,
                modifiers=modifiers[:-1] if is_event else modifiers,
            )


def _cues(reading: Reading) -> Iterator[tuple[int, Decimal, Decimal, list[str]]]:
    """Yields the line of each cue's times, start and end in seconds, and the lines of its text.

    Times that cannot be read are a problem, and so is a text without any, which in SRT only a
    number may be; WebVTT has notes and styles there.
    """
    text = reading.text()
    cue: tuple[int, Decimal, Decimal, list[str]] | None = None
    has_notes, is_broken = text.startswith("WEBVTT"), False
    for number, line in numbered_lines(text):
        if match := _ARROW.fullmatch(line):
            if cue is not None:  # without an empty line between them
                is_numbered = len(cue[3]) > 1 and cue[3][-1].isdecimal()
                yield (*cue[:3], cue[3][:-1]) if is_numbered else cue
            parts = match.groups()
            cue = number, _seconds(*parts[:4]), _seconds(*parts[4:]), []
        elif _LIKE_ARROW.fullmatch(line):
            if cue is not None:
                yield cue
            cue, is_broken = None, True
            what = f"are no times of a cue: {line.strip()!r}; accepted is {ACCEPTED}"
            reading.problem(reading.at(number), what)
        elif not line.strip():
            if cue is not None:
                yield cue
            cue, is_broken = None, False
        elif cue is not None:
            voice = _VOICE.search(line)
            plain = html.unescape(_TAG.sub("", line)).strip()
            if plain:
                cue[3].append(f"{html.unescape(voice[1]).strip()}: {plain}" if voice else plain)
        elif not (has_notes or is_broken or line.strip().isdecimal()):
            what = f"is a text without times: {line.strip()!r}; write {ACCEPTED} above it, and no "
            reading.problem(reading.at(number), what + "empty line between them")
    if cue is not None:
        yield cue


def _seconds(hours: str | None, minutes: str, seconds: str, fraction: str) -> Decimal:
    whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    return whole + Decimal(f"0.{fraction}")


def _parse(text: str) -> tuple[str, str, list[str]]:
    """Returns subject, label and modifiers."""
    subject, colon, rest = text.partition(": ")
    label = rest if colon else text
    subject = subject if colon and subject != NO_SUBJECT else ""
    modifiers: list[str] = []
    if match := re.fullmatch(r"(.*\S)\s*\[([^\[\]]*)\]", label):
        label = match[1]
        modifiers = [m.strip() for m in match[2].split("|") if m.strip() not in ("", "None")]
    return subject, label, modifiers


def write_subtitles(videos: Sequence[AnnotatedVideo]) -> dict[str, str]:
    """Returns an SRT file for every video, called as the video is, so that players show it.

    Times are rounded to milliseconds. Confidences are left out.

    Raises:
        ValueError: If two videos would have files of the same name; with all marks whose texts
            would not be read as they are.
    """
    files: dict[str, str] = {}
    problems: dict[str, None] = {}
    for video in videos:
        name = f"{stem(base_name(video.name))}.srt"
        if name in files:
            raise ValueError(f"two videos would be written to {name}: write them one by one")
        cues = []
        for number, mark in enumerate(in_order(video), start=1):
            start, modifiers = start_of(mark), [text for text in mark.modifiers if text]
            if isinstance(mark, Event):
                end = start + EVENT_SECONDS
                modifiers.append(EVENT)
            else:
                end = max(mark.end_seconds, start + 0.001)
            text = _text(mark.subject, mark.label, modifiers)
            if not _says(text, mark, modifiers):
                problems[f"{video.name}: {text!r}"] = None
            cues.append(
                f"{number}\n{_clock(start)} --> {_clock(end)}\n{html.escape(text, False)}\n"
            )
        files[name] = "\n".join(cues)
    if problems:
        rule = (
            "subtitles cannot hold these texts, which would be read otherwise; rename them: none "
            f"with a line break, no subject {NO_SUBJECT!r} or with ': ', and no modifier 'None' or "
            "'event' or with [, ] or |"
        )
        raise ValueError("\n  ".join([rule, *problems]))
    return files


def _text(subject: str, label: str, modifiers: Sequence[str]) -> str:
    """Returns the text of a cue, which ``_parse`` reads."""
    if label.endswith("]") and not modifiers:
        modifiers = ["None"]  # as BORIS writes it, so that no part of the label is one
    text = f"{label} [{'|'.join(modifiers)}]" if modifiers else label
    subject = subject or (NO_SUBJECT if ": " in text else "")
    return f"{subject}: {text}" if subject else text


def _says(text: str, mark: Mark, modifiers: Sequence[str]) -> bool:
    """Returns whether the text of a cue is read as a mark with these modifiers, but for blanks."""
    subject, label, said = _parse(text.strip())
    read = [subject, label.strip(), *(" ".join(one.split()) for one in said)]
    meant = [mark.subject.strip(), mark.label.strip(), *(" ".join(m.split()) for m in modifiers)]
    is_event = said[-1:] == [EVENT]
    return read == meant and is_event == isinstance(mark, Event) and len(text.splitlines()) == 1


def _clock(seconds: float) -> str:
    whole, milliseconds = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02},{milliseconds:03}"


SUBTITLES = TimelineFormat(
    "subtitles, SRT or WebVTT", looks_like_subtitles, read_subtitles, write_subtitles
)
