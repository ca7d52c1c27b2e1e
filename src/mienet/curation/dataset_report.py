"""The report on a dataset: one page that opens in any browser, with all pictures inside."""

import html
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from mienet.annotations.records import Annotations, VideoRecord
from mienet.curation.pool import Jobs, run_jobs
from mienet.curation.probe import Probe
from mienet.curation.problem_section import problem_section
from mienet.curation.report_page import (
    COLORS,
    group_table,
    histogram,
    image,
    kinds_table,
    table,
    write_page,
)
from mienet.ray_workers import Cluster
from mienet.rendering.thumbnails import thumbnail

MOST_THUMBNAILS = 200
MOST_A_CLASS = 6
FEW_THUMBNAILS = 24
"""As many take less time here than it takes to start processes for them."""
MOST_BARS = 500
"""Classes drawn as a bar each; of more, how many have how many clips is drawn."""


def write_report(
    path: Path,
    *,
    title: str,
    splits: Mapping[str, Annotations],
    probes: Mapping[str, Probe],
    problems: Sequence[tuple[str, str, str]],
    verdict: str,
    notes: Sequence[str] = (),
    group_by: str | None = None,
    groups: Mapping[str, Mapping[str, int]] | None = None,
    jobs: Jobs = None,
) -> None:
    """Writes a page with counts, problems, histograms and some clips of every class.

    Args:
        path: The page.
        title: Of the dataset.
        splits: The clips of every split.
        probes: What is in every video, by path.
        problems: Kind, row and message of all that is wrong.
        verdict: What to say where nothing is wrong.
        notes: What may be wrong.
        group_by: Column that the clips were split by; None if there is none.
        groups: Clips of every group, by split.
        jobs: Processes that read the thumbnails; Ray's do not.
    """
    parts = [
        _split_table(splits, probes),
        group_table(group_by, groups or {}),
        problem_section(problems, verdict),
        *(f"<p><b>Note:</b> {html.escape(note)}</p>" for note in notes),
        "<h2>Clips per class</h2>",
        class_bars(splits),
        "<h2>Videos</h2>",
        _video_plots(splits, probes),
        kinds_table(probes),
        "<h2>Some clips of every class</h2>",
        thumbnails(splits, probes, jobs),
    ]
    write_page(path, title, parts)


def _split_table(splits: Mapping[str, Annotations], probes: Mapping[str, Probe]) -> str:
    rows = []
    for name, annotations in splits.items():
        records = annotations.records
        videos = {record.path for record in records}
        seconds = sum(probes[video].duration_seconds for video in videos)
        frames = sum(probes[video].num_frames for video in videos)
        classes = len({record.label for record in records} - {None})
        rows.append([name, len(records), len(videos), classes, frames, round(seconds / 60, 1)])
    return table(["split", "clips", "videos", "classes", "frames", "minutes"], rows)


def class_bars(splits: Mapping[str, Annotations]) -> str:
    """Returns a bar of the page for each class, its parts being the splits."""
    classes = max((a.classes for a in splits.values()), key=len, default=[])
    if len(classes) > MOST_BARS:
        return _count_plot(splits, len(classes))
    counts = [
        np.bincount([r.label for r in a.records if r.label is not None], minlength=len(classes))
        for a in splits.values()
    ]
    most = max(max((sum(map(int, own)) for own in zip(*counts, strict=True)), default=0), 1)
    parts = []
    if len(splits) > 1:
        key = "".join(
            f'<span><i style="background:{color}"></i> {html.escape(name)}</span>'
            for name, color in zip(splits, COLORS, strict=False)
        )
        parts.append(f'<p class="key">{key}</p>')
    parts.append('<div class="bars">')
    for label, name in enumerate(classes):
        own = [int(count[label]) for count in counts]
        bar = "".join(
            f'<i style="width:{100 * count / most:.2f}%;background:{color}" '
            f'title="{html.escape(split)}: {count}"></i>'
            for split, count, color in zip(splits, own, COLORS, strict=False)
            if count
        )
        parts.append(f"<span>{html.escape(name)}</span><b>{bar}</b><span>{sum(own):,}</span>")
    return "".join([*parts, "</div>"])


def _count_plot(splits: Mapping[str, Annotations], num_classes: int) -> str:
    """Returns how many classes have how many clips."""
    records = [record for annotations in splits.values() for record in annotations.records]
    labels = [record.label for record in records if record.label is not None]
    counts = np.bincount(labels, minlength=num_classes).tolist()
    return histogram(counts, "clips of a class", f"of {num_classes:,} classes")


def _video_plots(splits: Mapping[str, Annotations], probes: Mapping[str, Probe]) -> str:
    usable = [probe for probe in probes.values() if not probe.problem]
    lengths = [
        n for a in splits.values() for r in a.records if (n := _clip_frames(r, probes[r.path]))
    ]
    seconds = [probe.duration_seconds for probe in usable if probe.duration_seconds]
    rates = [probe.frames_per_second for probe in usable if probe.frames_per_second]
    return "".join(
        histogram(values, name)
        for values, name in (
            (lengths, "frames per clip"),
            (seconds, "seconds per video"),
            (rates, "frames per second"),
        )
        if values
    )


def _clip_frames(record: VideoRecord, probe: Probe) -> int:
    """Returns the frames of a clip, at the video's average rate where it is told in seconds."""
    if probe.problem:
        return 0
    start, end = record.start_frame or 0, record.end_frame or probe.num_frames
    if record.start_seconds is not None:
        start = round(record.start_seconds * probe.frames_per_second)
    if record.end_seconds is not None:
        end = min(end, round(record.end_seconds * probe.frames_per_second))
    return max(end - start, 0)


def thumbnails(
    splits: Mapping[str, Annotations],
    probes: Mapping[str, Probe],
    jobs: Jobs,
) -> str:
    """Returns some clips of every class, a frame from the middle of each.

    Args:
        splits: The clips of every split.
        probes: What is in every video, by path.
        jobs: Processes that read the frames; Ray's do not.
    """
    classes = max((a.classes for a in splits.values()), key=len, default=[])
    most = int(np.clip(MOST_THUMBNAILS // max(len(classes), 1), 1, MOST_A_CLASS))
    chosen: dict[int | None, list[tuple[str, VideoRecord]]] = {}
    share = -(-most // max(len(splits), 1))
    for name, annotations in splits.items():
        taken: Counter[int | None] = Counter()
        for record in annotations.records:
            shown = chosen.setdefault(record.label, [])
            if probes[record.path].problem or taken[record.label] == share or len(shown) == most:
                continue
            shown.append((name, record))
            taken[record.label] += 1
    records = [record for shown in chosen.values() for _, record in shown][: 2 * MOST_THUMBNAILS]
    pictures = _pictures(records, probes, jobs)
    parts = []
    labels = sorted(chosen, key=lambda label: (label is None, label))[: 2 * MOST_THUMBNAILS]
    for label in labels:
        name = classes[label] if label is not None else "no label"
        parts.append(f"<h3>{html.escape(name)}</h3>")
        for split, record in chosen[label]:
            if picture := pictures.get(record):
                caption = html.escape(f"{split}: {Path(record.path).name}")
                shown_image = image(picture, "", "jpeg")
                parts.append(f"<figure>{shown_image}<figcaption>{caption}</figcaption></figure>")
    return "".join(parts)


def _pictures(
    records: Sequence[VideoRecord], probes: Mapping[str, Probe], jobs: Jobs
) -> dict[VideoRecord, bytes | None]:
    """Returns the thumbnails of clips, drawn in processes that a broken video may take down.

    A few are drawn in this one, if all of their videos have been decoded before without harm.
    """
    if len(records) <= FEW_THUMBNAILS and all(probes[record.path].decoded for record in records):
        return {record: thumbnail(record) for record in records}
    return dict(
        run_jobs(
            thumbnail,
            records,
            jobs=None if isinstance(jobs, Cluster) else jobs,  # a few; Ray is slow to start
            description="Drawing the report",
            path_of=lambda record: record.path,
        )
    )
