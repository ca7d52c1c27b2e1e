"""Which marks of recordings count, where several people, layers or subjects are in one video.

It is never chosen silently: where several sets of annotations say what happens in one video, an
error names them.
"""

import os
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mienet.data.manifest import Excluded
from mienet.errors import MienetError
from mienet.labeling.timelines import AnnotatedVideo, Mark, in_order

MOST_NAMED = 12


class ChoiceError(MienetError):
    """A choice among annotations that is needed, or that names what is not there."""


@dataclass(frozen=True)
class Choice:
    """Which of the marks count; nothing chosen takes all.

    Attributes:
        observations: Names of observations, or where they have none, of files.
        annotators: Who wrote it down.
        tiers: Layers of annotations.
        subjects: Who does it.
        excluded_labels: Labels to leave out.
    """

    observations: Sequence[str] = ()
    annotators: Sequence[str] = ()
    tiers: Sequence[str] = ()
    subjects: Sequence[str] = ()
    excluded_labels: Sequence[str] = ()


def choose_marks(
    videos: Sequence[AnnotatedVideo], choice: Choice, *, files: Sequence[Path], folder: Path
) -> tuple[list[AnnotatedVideo], list[Excluded]]:
    """Returns each video once, with the marks that count, and the videos in which none does.

    A video in which nothing counts is left out, since it would look as if nothing happened there;
    not if nothing is marked in it at all, or labels alone were excluded.

    Args:
        videos: What the files say, with the videos' files.
        choice: What counts.
        files: The annotation files; an observation without a name has its file's.
        folder: Folder of the videos.

    Raises:
        ChoiceError: If something is chosen that is not there, or if a choice is needed, with all
            videos for which it is.
    """
    sets = _by_video(videos, {str(file) for file in files})
    _check_choice(videos, sets, choice)
    return _chosen(sets, choice, folder)


Sets = dict[str, dict[str, AnnotatedVideo]]
"""By video and by observation."""


def _by_video(videos: Iterable[AnnotatedVideo], files: Collection[str]) -> Sets:
    """Returns what each observation says about each video; without a name it has its file's."""
    found: Sets = {}
    for video in videos:
        name = video.observation or _file_of(video.source, files)
        own = found.setdefault(video.path, {})
        own[name] = _joined([own[name], video]) if name in own else video
    return found


def _file_of(source: str, files: Collection[str]) -> str:
    """Returns the name of the file in which ``FILE:12`` or ``FILE: annotation 3`` stands."""
    parts = source.split(":")
    starts = (":".join(parts[:count]) for count in range(len(parts), 0, -1))
    return Path(next((start for start in starts if start in files), source)).name


def _joined(videos: Sequence[AnnotatedVideo]) -> AnnotatedVideo:
    """Returns all marks of a video as one set, in the order of time, which needs no name."""
    first = videos[0]
    return replace(
        first,
        intervals=tuple(
            sorted((m for v in videos for m in v.intervals), key=lambda m: m.start_seconds)
        ),
        events=tuple(sorted((m for v in videos for m in v.events), key=lambda m: m.time_seconds)),
        unlabeled=tuple(sorted(stretch for v in videos for stretch in v.unlabeled)),
        split=", ".join(sorted({v.split for v in videos} - {""})),
    )


def _check_choice(videos: Sequence[AnnotatedVideo], sets: Sets, choice: Choice) -> None:
    """Raises an error if something is chosen that is not there, or if a choice is needed."""
    marks = [mark for video in videos for mark in in_order(video)]
    there: dict[str, tuple[Sequence[str], set[str]]] = {
        "observations": (choice.observations, {name for own in sets.values() for name in own}),
        "annotators": (choice.annotators, {mark.annotator for mark in marks} - {""}),
        "tiers": (choice.tiers, {mark.tier for mark in marks} - {""}),
        "subjects": (choice.subjects, {mark.subject for mark in marks} - {""}),
        "exclude-classes": (choice.excluded_labels, {mark.label for mark in marks}),
    }
    if unknown := [
        _unknown(option, name, known)
        for option, (wanted, known) in there.items()
        for name in wanted
        if name not in known
    ]:
        raise ChoiceError("; ".join(unknown))
    several: dict[str, list[str]] = {}
    for path, own in sets.items():
        wanted = [name for name in own if name in choice.observations or not choice.observations]
        if len(wanted) > 1 and not choice.observations:
            several.setdefault("observations", []).append(f"{path}: {named(wanted)}")
        writers = {m.annotator for name in wanted for m in in_order(own[name])} - {""}
        if len(writers) > 1 and not choice.annotators:
            several.setdefault("annotators", []).append(f"{path}: {named(writers)}")
    if several:
        lines = [
            f"{len(own)} video(s) have several {option}; say which count, with --{option} NAME ... "
            "(the marks of all that are named are taken together):\n    " + named(own, "\n    ")
            for option, own in several.items()
        ]
        raise ChoiceError("\n  ".join(["annotations to choose among", *lines]))


def _unknown(option: str, name: str, known: Collection[str]) -> str:
    """Returns what to say of a name that is chosen and not there."""
    if known:
        return f"--{option} {name!r} is not in the annotations; there are: {named(known)}"
    what = "labels" if option == "exclude-classes" else option
    return f"--{option} {name!r}: these annotations have no {what}; leave out --{option}"


def _chosen(
    sets: Sets, choice: Choice, folder: Path
) -> tuple[list[AnnotatedVideo], list[Excluded]]:
    chosen, excluded = [], []
    for path, own in sets.items():
        wanted = [
            video
            for name, video in own.items()
            if not choice.observations or name in choice.observations
        ]
        if not wanted:
            excluded.append(
                Excluded(
                    Path(os.path.relpath(path, folder)).as_posix(),
                    "none of the observations chosen",
                )
            )
            continue
        video = replace(_joined(wanted), observation="")
        counting = _with_marks(video, lambda mark: _counts(mark, choice))
        if in_order(video) and not in_order(counting):
            reason = "no mark of the annotators, tiers or subjects chosen"
            excluded.append(Excluded(Path(os.path.relpath(path, folder)).as_posix(), reason))
            continue
        chosen.append(_with_marks(counting, lambda mark: mark.label not in choice.excluded_labels))
    return chosen, excluded


def _counts(mark: Mark, choice: Choice) -> bool:
    chosen = (
        (mark.annotator, choice.annotators),
        (mark.tier, choice.tiers),
        (mark.subject, choice.subjects),
    )
    return all(not wanted or value in wanted for value, wanted in chosen)


def _with_marks(video: AnnotatedVideo, counts: Callable[[Mark], bool]) -> AnnotatedVideo:
    return replace(
        video,
        intervals=tuple(filter(counts, video.intervals)),
        events=tuple(filter(counts, video.events)),
    )


def named(names: Iterable[str], separator: str = ", ") -> str:
    """Returns the first of some names, sorted, and how many more there are."""
    known = sorted(names)
    more = f"{separator}and {len(known) - MOST_NAMED} more" if len(known) > MOST_NAMED else ""
    return separator.join(known[:MOST_NAMED]) + more
