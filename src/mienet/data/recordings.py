"""Lists of whole recordings that say when what happens in them: what timelines are learned from.

A list is a table with the columns ``path,label,start_seconds,end_seconds[,subject]`` (a row an
interval or, with an empty end, an event), or a file of any timeline format. A prepared dataset's
``dataset.json`` holds the names of its phases and events, and where the videos are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mienet.annotations.records import AnnotationError
from mienet.data.manifest import DatasetError, is_prepared, read_prepared
from mienet.labeling.timeline_formats import read_timelines
from mienet.labeling.timelines import AnnotatedVideo, in_order
from mienet.labeling.video_names import VideoNames
from mienet.shell import command


@dataclass(frozen=True)
class Recordings:
    """Annotated videos, whose files are known, and the names of what happens in them.

    Attributes:
        videos: Each with ``path``.
        phases: Labels of intervals, which exclude each other: a frame has one, or none.
        events: Labels of moments.
    """

    videos: tuple[AnnotatedVideo, ...]
    phases: tuple[str, ...]
    events: tuple[str, ...]


def subjects_of(video: AnnotatedVideo) -> tuple[str, ...]:
    """Returns who is in a video, sorted; nobody where the annotations do not say."""
    return tuple(sorted({mark.subject for mark in in_order(video) if mark.subject}))


def read_recordings(
    path: Path,
    *,
    videos: Path | None = None,
    phases: Sequence[str] | None = None,
    events: Sequence[str] | None = None,
) -> Recordings:
    """Returns the recordings of a list; of a prepared dataset's, with the dataset's names.

    Args:
        path: The list.
        videos: Folder of the videos; None is the dataset's, or the list's own, where the list's
            names may also be whole paths, as in the lists that a run keeps.
        phases: Names of all phases; None takes the dataset's, or those in the list.
        events: Names of all events; likewise.

    Raises:
        FileNotFoundError: If there is no such list.
        AnnotationError: With all bad rows, and all marks of other labels than those given.
        DatasetError: If the dataset is damaged, or one of clips.
    """
    if is_prepared(path.parent):
        dataset = read_prepared(path.parent)
        if path in dataset.lists().values() and not dataset.is_of_recordings:
            raise DatasetError(
                f"{dataset.folder} holds labeled clips, where whole recordings with phases and "
                "events are expected; train with: "
                f"{command('train', 'small', '--data.root', dataset.folder)}; or, if its list is "
                "of marks in whole recordings, prepare it again with --recordings"
            )
        videos = videos or dataset.videos
        phases = dataset.phases if phases is None else phases
        events = dataset.events if events is None else events
    names = VideoNames(videos or path.parent, takes_whole_paths=videos is None)
    read = read_timelines(path, videos=names).videos
    if problems := [*_unknown(read, "interval", phases), *_unknown(read, "event", events)]:
        raise AnnotationError("unknown labels", problems)
    if phases is None:
        phases = sorted({mark.label for video in read for mark in video.intervals})
    if events is None:
        events = sorted({mark.label for video in read for mark in video.events})
    return Recordings(read, tuple(phases), tuple(events))


def _unknown(
    videos: Sequence[AnnotatedVideo],
    kind: Literal["interval", "event"],
    names: Sequence[str] | None,
) -> Iterator[str]:
    """Yields a line for every mark of a kind whose label is none of the names, if there are any."""
    if names is None:
        return
    accepted = ", ".join(names) or "none, as it was trained without"
    for video in videos:
        for mark in video.intervals if kind == "interval" else video.events:
            if mark.label not in names:
                what = f"unknown label of an {kind}, {mark.label!r}; accepted: {accepted}"
                yield f"{mark.source}: {what}"
