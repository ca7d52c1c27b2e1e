"""Two lists or class folders of the same labeled clips: read, paired, and compared."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mienet.annotations.records import AnnotationError, VideoRecord
from mienet.curation.mark_choice import ChoiceError, named
from mienet.data.resolve import resolve
from mienet.errors import MienetError
from mienet.labeling.video_names import pair_names
from mienet.metrics.agreement_tables import (
    Counts,
    count_pairs,
    share_agreed,
    share_by_chance,
    table_kappa,
)
from mienet.metrics.recording_figures import Figure, with_intervals
from mienet.rendering.agreement import ClipAgreement
from mienet.video_parts import named_part, part_in_words

Span = tuple[float | None, float | None, int | None, int | None]
"""Where a clip starts and ends: in seconds, in frames."""

Clip = tuple[str, Span]

Labels = tuple[Counts, Counts]
"""The first's labels of some clips, and the second's."""


@dataclass(frozen=True)
class ClipList:
    """What one observer says of clips.

    Attributes:
        path: The list, or the class folders.
        labels: By clip.
        subjects: By clip, what the list's column ``subject`` says, where there is one.
    """

    path: Path
    labels: dict[Clip, str]
    subjects: dict[Clip, str]


def compare_clips(first: Path, second: Path, annotators: tuple[str, str]) -> ClipAgreement:
    """Returns how well two lists of clips agree.

    Args:
        first: The first list: any that names clips and their labels; the videos need not be there.
            Or class folders, in which each video has its folder's label.
        second: The second list, or class folders.
        annotators: Whose rows count in each, by the column ``annotator``; empty for all.

    Raises:
        AnnotationError: With all rows that cannot be used.
        MienetError: If no clip is in both, or names may mean several.
    """
    one, other = (_read(*pair) for pair in zip((first, second), annotators, strict=True))
    paths = [list(dict.fromkeys(path for path, _ in clips.labels)) for clips in (one, other)]
    try:
        same = dict(pair_names(*paths))
    except ValueError as error:
        raise MienetError(f"{first} and {second}: {error}") from error
    theirs = {clip: (same.get(clip[0], clip[0]), clip[1]) for clip in one.labels}
    clips = [clip for clip in one.labels if theirs[clip] in other.labels]
    if not clips:
        raise MienetError(
            f"no clip is in both {first} and {second}: neither paths, nor starts and ends, are the "
            "same"
        )
    classes = tuple(sorted({*one.labels.values(), *other.labels.values()}))
    numbers = {name: number for number, name in enumerate(classes)}
    labels = np.array([numbers[one.labels[clip]] for clip in clips])
    others = np.array([numbers[other.labels[theirs[clip]]] for clip in clips])
    subjects = [one.subjects.get(clip) or other.subjects.get(theirs[clip]) for clip in clips]
    has_subjects = any(subjects)
    groups = [who or clip[0] for who, clip in zip(subjects, clips, strict=True)]
    ours, others_too = set(clips), {theirs[clip] for clip in clips}
    return ClipAgreement(
        _title(first, annotators[0]),
        _title(second, annotators[1]),
        _figures(labels, others, groups, len(classes)),
        num_groups=len(set(groups)),
        groups_are="subject" if has_subjects else "video",
        only_first=_named(clip for clip in one.labels if clip not in ours),
        only_second=_named(clip for clip in other.labels if clip not in others_too),
        notes=(),
        classes=classes,
        paths=[path for path, _ in clips],
        spans=[part_in_words(*span) for _, span in clips],
        first_labels=labels,
        second_labels=others,
    )


def _figures(
    first: Counts, second: Counts, groups: Sequence[str], num_classes: int
) -> dict[str, Figure]:
    by_group: dict[str, list[int]] = {}
    for place, group in enumerate(groups):
        by_group.setdefault(group, []).append(place)
    parts = [(first[places], second[places]) for places in by_group.values()]

    def measure(figure: Callable[[Counts], float]) -> Callable[[Sequence[Labels]], float]:
        def of_parts(some: Sequence[Labels]) -> float:
            ours, theirs = (np.concatenate(labels) for labels in zip(*some, strict=True))
            return figure(count_pairs(ours, theirs, num_classes))

        return of_parts

    return with_intervals(
        {
            "kappa": measure(table_kappa),
            "agreement": measure(share_agreed),
            "agreement_by_chance": measure(share_by_chance),
        },
        parts,
        list(by_group),
    )


def _read(path: Path, annotator: str) -> ClipList:
    found = resolve(path, must_exist=False)
    if not found.has_labels:
        raise MienetError(
            f"{path}: a {found.kind}, no annotations; give a list of labeled clips (path,label), "
            "or annotations of recordings"
        )
    if len(found.splits) > 1:
        names = ", ".join(found.splits)
        raise MienetError(
            f"{path}: a whole dataset ({names}); give one of its lists or folders to compare"
        )
    (annotations,) = found.splits.values()
    columns = {name.strip().lower(): place for place, name in enumerate(annotations.columns)}

    def cell(record: VideoRecord, name: str) -> str:
        return record.extra[columns[name]].strip() if name in columns else ""

    writers = {cell(record, "annotator") for record in annotations.records} - {""}
    if annotator and annotator not in writers:
        raise ChoiceError(
            f"--annotators {annotator!r} is not in {path}; there are: {named(writers) or 'none'}"
        )
    if len(writers) > 1 and not annotator:
        raise ChoiceError(
            f"{path} has several annotators ({named(writers)}); say with --annotators A B whose "
            "labels count in the first file, and whose in the second"
        )
    clips = ClipList(path, {}, {})
    sources: dict[Clip, str] = {}
    problems = []
    for record in annotations.records:
        if annotator and cell(record, "annotator") != annotator:
            continue
        clip = _clip(record, found.folder)
        if clip in sources:
            problems.append(f"{record.source}: the same clip as {sources[clip]}")
        elif record.label is None:
            problems.append(f"{record.source}: no label")
        else:
            clips.labels[clip] = annotations.classes[record.label]
            clips.subjects[clip] = cell(record, "subject")
        sources.setdefault(clip, record.source)
    if problems:
        raise AnnotationError("bad rows", problems)
    return clips


def _clip(record: VideoRecord, folder: Path) -> Clip:
    path = Path(record.path)
    # Two people's lists lie in two folders; what counts is what they wrote.
    name = str(path.relative_to(folder)) if path.is_relative_to(folder) else record.path
    start, end = (
        None if seconds is None else round(seconds, 3)
        for seconds in (record.start_seconds, record.end_seconds)
    )
    return name, (start, end, record.start_frame, record.end_frame)


def _named(clips: Iterable[Clip]) -> tuple[str, ...]:
    return tuple(named_part(path, *span) for path, span in clips)


def _title(path: Path, annotator: str) -> str:
    return f"{path} ({annotator})" if annotator else str(path)
