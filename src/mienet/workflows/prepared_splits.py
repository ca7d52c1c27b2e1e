"""Which recordings are for training, validation and test: as annotations say, or split anew."""

from collections.abc import Mapping, Sequence

from mienet.curation.labels import typo_notes_of
from mienet.curation.mark_choice import named
from mienet.curation.probe import Probe
from mienet.curation.problems import content_keys
from mienet.curation.recording_problems import label_counts
from mienet.data.manifest import SPLITS
from mienet.data.recording_splits import split_recordings
from mienet.data.recordings import subjects_of
from mienet.data.splitting import SplitError
from mienet.escaping import shown
from mienet.labeling.timelines import AnnotatedVideo, in_order
from mienet.workflows.check_recordings import RecordingsInspection, group_values
from mienet.workflows.prepare_source import (
    PrepareError,
    by_split,
    require_no_split,
    require_splits,
    size_notes,
)
from mienet.workflows.recordings_source import RecordingsSource

Parts = dict[str, tuple[AnnotatedVideo, ...]]
"""Recordings by split."""


def given_splits(
    found: RecordingsSource, split: Sequence[float] | None, group_by: str | None
) -> Parts:
    """Returns the recordings by split, if their annotations say it of any; otherwise none.

    Args:
        found: The recordings.
        split: Parts that are asked for; None if none are.
        group_by: What they are to be split by; None if nothing is.

    Raises:
        AnnotationError: If they say of a recording no split, or none that there is, or several.
        PrepareError: If none is for training, or a split is asked for as well.
    """
    if not any(video.split for video in found.videos):
        return {}
    parts = by_split((v, v.split, f"{v.source}: {v.path}") for v in found.videos)
    require_no_split(found.name, parts, split, group_by, what="videos")
    if "train" not in parts:
        raise PrepareError(
            f"{found.name} has videos for {' and '.join(parts)} and none for training; call the "
            "split of those to train with train"
        )
    return {name: tuple(videos) for name, videos in parts.items()}


def kept_splits(kept: Sequence[AnnotatedVideo], given: Parts) -> Parts:
    """Returns the recordings that can be used in the splits that were given.

    Raises:
        PrepareError: If nothing is left in one.
    """
    name_of = {video.path: name for name, videos in given.items() for video in videos}
    splits = {name: tuple(v for v in kept if name_of[v.path] == name) for name in given}
    if not any(map(in_order, splits["train"])):
        raise PrepareError("no usable mark is left for train")
    if empty := [name for name, videos in splits.items() if not videos]:
        raise PrepareError(f"no usable video is left for {' and '.join(empty)}")
    return splits


def split_anew(
    videos: Sequence[AnnotatedVideo],
    found: RecordingsSource,
    probes: Mapping[str, Probe],
    fractions: Sequence[float],
    group_by: str | None,
    seed: int,
) -> Parts:
    """Returns recordings split by what they are grouped by, alike in their marks.

    Args:
        videos: The recordings that can be used.
        found: All of them, with what their names tell.
        probes: What is in their files.
        fractions: Parts of training, validation and test.
        group_by: ``subject``, or a name in the paths; None keeps copies of a video together.
        seed: Decides among equals.

    Raises:
        PrepareError: If nothing is marked, or there are too many parts.
        SplitError: If the split cannot be made.
    """
    require_splits(fractions)
    if not any(map(in_order, videos)):
        raise PrepareError(
            "\n  ".join([f"{found.name}: nothing is marked in any video", *map(shown, found.notes)])
        )
    if tuple(fractions) == (1,):
        return {"train": tuple(videos)}
    values = group_values(videos, found.columns, group_by)
    same = content_keys((video.path for video in videos), probes)
    keys = [
        # Copies of a video, and a video and its frames, stay together.
        [(None, same[v.path]), *((group_by, x) for x in values[v.path])]
        for v in videos
    ]
    try:
        parts = split_recordings(videos, keys, fractions, group_name=group_by or "video", seed=seed)
    except SplitError as error:
        raise SplitError("\n  ".join([str(error), *_typos(videos)])) from error
    return dict(zip(SPLITS, parts, strict=False))


def _typos(videos: Sequence[AnnotatedVideo]) -> list[str]:
    counts = label_counts({"all": videos})
    return [
        note
        for own in counts.values()
        for note in typo_notes_of(dict(sorted(own.items())), kind="label", what="mark")
    ]


def split_notes(
    inspection: RecordingsInspection, fractions: Sequence[float] | None, group_by: str | None
) -> list[str]:
    """Returns what is to be said of the splits.

    Args:
        inspection: Of the recordings in their splits.
        fractions: What was asked for; None if the annotations say it.
        group_by: What never crosses splits; None if there is nothing.
    """
    counts = {name: len(videos) for name, videos in inspection.splits.items()}
    notes = ["split as the annotations say"]
    if fractions is not None:
        notes = size_notes(counts, fractions, group_by, what="videos")
    for name, videos in inspection.splits.items():
        own = label_counts({name: videos})
        absent = [label for label in inspection.phases if not own["intervals"][label]]
        absent += [f"{label} (event)" for label in inspection.events if not own["events"][label]]
        if absent:
            notes.append(f"{name} has no mark of {len(absent)} label(s): {named(absent)}")
    if group_by == "subject" and (bare := _without_subject(inspection)):
        notes.append(
            f"{len(bare)} video(s) name no subject, as nothing is marked in them; each is a group "
            f"of its own: {named(bare)}"
        )
    return notes


def _without_subject(inspection: RecordingsInspection) -> list[str]:
    videos = (video for own in inspection.splits.values() for video in own)
    return [video.path for video in videos if not subjects_of(video)]
