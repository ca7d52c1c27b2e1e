"""Agreement of two observers, or of an observer and a model, on recordings or on labeled clips."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mienet.annotations.discovery import find_videos
from mienet.curation.mark_choice import ChoiceError, named
from mienet.data.recordings import subjects_of
from mienet.data.splitting import joined_groups
from mienet.destinations import require_own, require_writable
from mienet.errors import MienetError, naming
from mienet.labeling.timeline_formats import annotation_files, find_timeline_format
from mienet.labeling.timeline_tables import TABLE
from mienet.labeling.timelines import AnnotatedVideo
from mienet.labeling.video_names import VideoNames
from mienet.metrics.agreement_figures import agreement_figures
from mienet.metrics.events import Event
from mienet.metrics.recording_figures import Figure
from mienet.metrics.recordings import RecordingLabels, compare_recording
from mienet.options import Range, checked
from mienet.rendering.agreement import Agreement, ClipAgreement, RecordingAgreement
from mienet.rendering.agreement_files import FILES, SUMMARY, SUMMARY_START, write_agreement
from mienet.rendering.timeline_evaluation import EvaluatedRecording
from mienet.timelines.result import frame_borders
from mienet.timelines.truth import UNLABELED, event_frames, frame_labels
from mienet.video.reader import open_video
from mienet.workflows.clip_observers import compare_clips
from mienet.workflows.observer_choice import Counting, countings_of, refuse_the_same
from mienet.workflows.observers import (
    Observer,
    Pair,
    is_of_model,
    pair_recordings,
    read_observer,
)

__all__ = ["Agreement", "ClipAgreement", "Figure", "RecordingAgreement", "agree"]

SAME_RATE = 1e-3
"""How much two statements of one frame rate differ at most, relatively: 29.97 and 30000/1001."""


@checked(fps=Range(above=0), tolerance_frames=Range(least=0))
def agree(
    first: str | Path,
    second: str | Path,
    *,
    videos: str | Path | None = None,
    fps: float | None = None,
    tolerance_frames: int = 2,
    annotators: Sequence[str] = (),
    observations: Sequence[str] = (),
    tiers: Sequence[str] = (),
    subjects: Sequence[str] = (),
    clips: bool = False,
    out: str | Path | None = None,
) -> Agreement:
    """Returns how well two observers agree, or an observer and a model.

    Both files are annotations of whole recordings, in any format, or the folder of timelines that
    ``mienet timeline`` wrote: then it is a ``RecordingAgreement``. Or both are lists of labeled
    clips, or class folders: then it is a ``ClipAgreement``.

    Args:
        first: The first observer's file or folder.
        second: The second's, or the model's.
        videos: Folder of the videos, whose frames are then compared. None compares frames of
            equal length, at the rate that the annotations state.
        fps: That rate, where they do not state it, and that of annotations that count frames.
        tolerance_frames: How far apart events may be to be the same, and labels for the second
            kappa.
        annotators: Two names: whose marks count in the first file and in the second; "" is all.
        observations: Two names of observations, likewise.
        tiers: Layers of annotations that count, each of which is in one of the files or in both;
            none is all. Of one file that is given twice, two: the first's and the second's.
        subjects: Subjects whose marks count, in both files; none is all. Of a model, which tells
            neither tiers nor subjects apart, all counts.
        clips: Whether tables with start_seconds and end_seconds are lists of clips.
        out: Folder for agreement.json, labels.csv, confusion.csv, events.csv, disagreements.csv
            and timelines.png; None writes nothing.

    Raises:
        MienetError: If a file, a choice or an option cannot be used, with all that is wrong, if
            nothing is in both, or if no frame rate is known.
        OSError: If a file is not there, or the folder cannot be written.
    """
    paths = Path(first), Path(second)
    countings = countings_of(paths, annotators, observations, tiers, subjects)
    if absent := [path for path in paths if not path.exists()]:
        raise FileNotFoundError("; ".join(f"{path}: no such file or folder" for path in absent))
    refuse_the_same(paths, countings)
    if out is not None:
        require_writable(Path(out), FILES)
        starts = {SUMMARY: SUMMARY_START}
        require_own(Path(out), FILES, [SUMMARY], by="mienet agree", starts=starts)
    is_of_clips = [clips or _lists_clips(path) for path in paths]
    if is_of_clips[0] != is_of_clips[1]:
        one, other = (paths[is_of_clips.index(kind)] for kind in (True, False))
        raise MienetError(
            f"{one} lists labeled clips, and {other} says when what happens in recordings; give "
            "two of one kind, or --clips if both list clips, with their times"
        )
    root = Path(videos) if videos is not None else None
    if root is not None and not root.is_dir():
        raise FileNotFoundError(f"{root}: no such folder of videos")
    found: Agreement
    if is_of_clips[0]:
        _refuse_of_recordings(
            videos=videos, fps=fps, observations=observations, tiers=tiers, subjects=subjects
        )
        found = compare_clips(*paths, (countings[0].annotator, countings[1].annotator))
    else:
        found = _compare_recordings(paths, countings, root, fps, tolerance_frames)
    if out is not None:
        write_agreement(found, Path(out))
    return found


def _refuse_of_recordings(**options: object) -> None:
    if given := [f"--{name}" for name, value in options.items() if value]:
        raise MienetError(
            f"{', '.join(given)}: for recordings, and both files list clips; leave out {given[0]}"
        )


def _lists_clips(path: Path) -> bool:
    """Returns whether a file or folder is of labeled clips, and not of a program's annotations."""
    if is_of_model(path) or (path.is_dir() and not find_videos(path)):
        return False
    return all(find_timeline_format(file) is None for file in annotation_files(path))


def _compare_recordings(
    paths: tuple[Path, Path],
    countings: tuple[Counting, Counting],
    root: Path | None,
    fps: float | None,
    tolerance_frames: int,
) -> RecordingAgreement:
    names = VideoNames(root) if root is not None else None
    first, second = (
        read_observer(path, counting, fps=fps, videos=names)
        for path, counting in zip(paths, countings, strict=True)
    )
    _check_named((first, second), countings)
    pairs, notes = pair_recordings(first, second)
    notes = [*first.notes, *second.notes, *notes, *_notes_on_clips(paths, pairs)]
    if root is None and fps is None:
        _check_rates(pairs)
    phases, events = _labels_of(pairs, (first, second), notes)
    used = _compare_each(pairs, phases, events, root, fps, tolerance_frames, notes)
    groups = [one.group for one in used]
    return RecordingAgreement(
        first.title,
        second.title,
        agreement_figures([one.comparison for one in used], groups),
        num_groups=len(set(groups)),
        groups_are="subject" if any(map(_subjects, pairs)) else "recording",
        only_first=_without(first, [ours for ours, _ in pairs]),
        only_second=_without(second, [theirs for _, theirs in pairs]),
        notes=tuple(dict.fromkeys(notes)),
        phases=phases,
        events=events,
        recordings=used,
        tolerance_frames=tolerance_frames,
        clock=_clock(pairs, root, fps),
    )


def _check_named(both: tuple[Observer, Observer], countings: tuple[Counting, Counting]) -> None:
    """Raises an error if a tier or subject is in neither of two files."""
    for option in ("tiers", "subjects"):
        wanted = {name for one in countings for name in getattr(one, option)}
        there = {name for observer in both for name in getattr(observer.chosen, option)}
        if lacking := wanted - there:
            models = all(is_of_model(observer.path) for observer in both)
            raise ChoiceError(
                f"--{option} {', '.join(map(repr, sorted(lacking)))}: "
                + (f"models tell no {option} apart" if models else "in neither of the files")
                + f"; leave {'it' if len(lacking) == 1 else 'them'} out"
            )


def _labels_of(
    pairs: Sequence[Pair], both: tuple[Observer, Observer], notes: list[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Returns all phases and events of either; none of a kind that a model does not know at all."""
    found: list[tuple[str, ...]] = []
    for kind, known in (("phases", "phases"), ("events", "events")):
        names = {
            mark.label
            for pair in pairs
            for video in pair
            for mark in (video.intervals if kind == "phases" else video.events)
        }
        for observer in both:
            if names and getattr(observer, known) == frozenset():
                notes.append(f"{observer.path}: the model has no {kind}, so they are not compared")
                names = set()
        found.append(tuple(sorted(names)))
    if not any(found):
        raise MienetError(
            f"{both[0].path} and {both[1].path} mark nothing that could be compared in the "
            "recordings that both have"
        )
    return found[0], found[1]


def _compare_each(
    pairs: Sequence[Pair],
    phases: Sequence[str],
    events: Sequence[str],
    root: Path | None,
    fps: float | None,
    tolerance_frames: int,
    notes: list[str],
) -> list[EvaluatedRecording]:
    """Returns all recordings that have frames which both have labeled.

    Raises:
        MienetError: With all that is wrong in any of them, or if none has such frames.
    """
    used: list[EvaluatedRecording] = []
    problems: list[str] = []
    groups = joined_groups([_subjects(pair) or (pair[0].path,) for pair in pairs])
    for pair, group in zip(pairs, groups, strict=True):
        path = pair[0].path
        try:
            borders = _file_borders(pair, fps) if root else _even_borders(pair, fps, notes)
        except (MienetError, OSError) as error:
            problems.append(naming(path, error))
            continue
        labels = _labels(pair, borders, phases, events, problems)
        if labels is None:
            continue
        if not (labels.true >= 0).any():
            notes.append(f"{path} is left out: no frame of it is labeled by both")
            continue
        comparison = compare_recording(
            labels, len(phases), events, tolerance_frames=tolerance_frames
        )
        used.append(EvaluatedRecording(path, str(group), labels, comparison))
    if problems:
        problems += _hints(pairs)
        raise MienetError("\n  ".join(["the recordings cannot be compared:", *problems]))
    if not used:
        raise MienetError("no frame of any recording is labeled by both")
    return used


def _hints(pairs: Sequence[Pair]) -> list[str]:
    """Returns which marks could be chosen, where several subjects or tiers are marked."""
    intervals = [i for pair in pairs for video in pair for i in video.intervals]
    return [
        f"there are several {option} ({named(names)}); say with --{option} NAME ... which count"
        for option, names in (
            ("subjects", {i.subject for i in intervals} - {""}),
            ("tiers", {i.tier for i in intervals} - {""}),
        )
        if len(names) > 1
    ]


def _file_borders(pair: Pair, fps: float | None) -> NDArray[np.float64]:
    """Returns when each frame of a video begins, on the clock that both annotations count on.

    ``fps`` counts in folders of frames alone.
    """
    path, (rate, other) = pair[0].path, [video.capture_fps for video in pair]
    if rate != other:
        raise MienetError(
            f"{path}: capture_fps is {rate or 'not given'} in one list and {other or 'not given'} "
            "in the other, so their seconds are not the same"
        )
    with open_video(Path(path)) as video:
        times = video.timestamps_seconds
        if times is None and fps is None and rate is None:
            raise MienetError(f"{path}: a folder of frames has no clock; give --fps")
        return frame_borders(times, video.num_frames, rate or (fps if times is None else None))


def _even_borders(pair: Pair, fps: float | None, notes: list[str]) -> NDArray[np.float64]:
    """Returns borders of frames of equal length, over the recording's stated length."""
    rate = fps or _stated_rates(pair)[0]
    seconds = [video.duration_seconds for video in pair if video.duration_seconds]
    if not seconds:
        notes.append(
            "lengths of recordings are not stated, so each is compared up to its last mark"
        )
        ends = [i.end_seconds for video in pair for i in video.intervals]
        ends += [e.time_seconds + 1 / rate for video in pair for e in video.events]
        seconds = ends or [0.0]
    return np.arange(max(1, round(max(seconds) * rate)) + 1) / rate


def _stated_rates(pair: Pair) -> list[float]:
    return [video.fps for video in pair if video.fps]


def _check_rates(pairs: Sequence[Pair]) -> None:
    """Raises an error if the annotations state no rate of a recording, or two."""
    rates = {pair[0].path: _stated_rates(pair) for pair in pairs}
    lacking = [path for path, stated in rates.items() if not stated]
    problems = [f"the frames per second of {named(lacking)} are not stated"] * bool(lacking)
    problems += [
        f"of {path} {stated[0]:g} and {stated[1]:g} frames per second are stated"
        for path, stated in rates.items()
        if stated and not math.isclose(stated[0], stated[-1], rel_tol=SAME_RATE)
    ]
    if problems:
        raise MienetError(
            "\n  ".join([
                "which frames are to be compared? Give --videos FOLDER, or frames per second, such "
                "as --fps 25:",
                *problems,
            ])
        )  # fmt: skip


def _clock(pairs: Sequence[Pair], root: Path | None, fps: float | None) -> str:
    """Returns in words which frames are compared."""
    if root is not None:
        return f"the frames of the videos in {root}"
    if fps is not None:
        return f"{fps:g} frames per second, as given"
    rates = sorted({f"{_stated_rates(pair)[0]:g}" for pair in pairs}, key=float)
    said = rates[0] if len(rates) == 1 else f"{rates[0]} to {rates[-1]}"
    return f"{said} frames per second, as the annotations state"


def _labels(
    pair: Pair,
    borders: NDArray[np.float64],
    phases: Sequence[str],
    events: Sequence[str],
    problems: list[str],
) -> RecordingLabels | None:
    """Returns what both say of a recording; None if that cannot be used, which is a problem."""
    labels, marks = [], []
    for video in pair:
        try:
            labels.append(frame_labels(video, borders, phases))
            spots = event_frames(video, borders, events)
            marks.append([Event(events[index], frame) for index, frame in spots])
        except MienetError as error:
            problems.append(str(error))
    if len(marks) < 2:
        return None
    one, other = labels
    is_labeled = (one != UNLABELED) & (other != UNLABELED)
    return RecordingLabels(
        borders,
        np.where(is_labeled, one, UNLABELED),
        np.where(is_labeled, other, len(phases)),
        *marks,
    )


def _subjects(pair: Pair) -> tuple[str, ...]:
    return tuple(sorted({*subjects_of(pair[0]), *subjects_of(pair[1])}))


def _without(observer: Observer, paired: Sequence[AnnotatedVideo]) -> tuple[str, ...]:
    names = {video.path for video in paired}
    return tuple(name for name in observer.videos if name not in names)


def _notes_on_clips(paths: tuple[Path, Path], pairs: Sequence[Pair]) -> list[str]:
    """Returns a note if both tables may be lists of clips, since all their intervals are alike."""
    if not all(path.is_file() and find_timeline_format(path) is TABLE for path in paths):
        return []
    one, other = (
        [{(i.start_seconds, i.end_seconds) for i in pair[place].intervals} for pair in pairs]
        for place in (0, 1)
    )
    if one != other or any(video.events for pair in pairs for video in pair):
        return []
    return ["both mark the same times; if these are clips that were cut before, give --clips"]
