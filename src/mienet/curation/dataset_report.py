"""The report on a dataset: one page that opens in any browser, with all pictures inside."""

import base64
import html
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mienet.annotations.records import Annotations, VideoRecord
from mienet.curation.pool import run_jobs
from mienet.curation.probe import Probe
from mienet.files import replace_text
from mienet.rendering.thumbnails import thumbnail

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_THUMBNAILS = 200
MOST_A_CLASS = 6
FEW_THUMBNAILS = 24
"""As many take less time here than it takes to start processes for them."""
MOST_ROWS = 1000
MOST_BARS = 500
"""Classes drawn as a bar each; of more, how many have how many clips is drawn."""
SPLIT_COLOURS = ("#3b6ea5", "#e0a030", "#5fa55a")

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #222; margin: 2rem auto; max-width: 72rem;
       padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }
table { border-collapse: collapse; } th { text-align: left; }
td, th { padding: .2rem .9rem .2rem 0; vertical-align: top; border-bottom: 1px solid #e5e5e5; }
td.number { text-align: right; }
.good { color: #2e7d32; } .bad { color: #b3261e; }
figure { display: inline-block; margin: 0 .6rem .8rem 0; width: 152px; vertical-align: top; }
figure img { width: 152px; height: 114px; object-fit: contain; background: #111; }
figcaption { font-size: 11px; color: #555; overflow-wrap: anywhere; line-height: 1.25; }
img.plot { max-width: 100%; }
"""


def write_report(
    path: Path,
    *,
    title: str,
    splits: Mapping[str, Annotations],
    probes: Mapping[str, Probe],
    problems: Sequence[tuple[str, str, str]],
    notes: Sequence[str] = (),
    jobs: int | None = None,
) -> None:
    """Writes a page with counts, problems, histograms and some clips of every class.

    Args:
        path: The page.
        title: Of the dataset.
        splits: The clips of every split.
        probes: What is in every video, by path.
        problems: Kind, row and message of all that is wrong.
        notes: What may be wrong.
        jobs: Processes that read the thumbnails; None is one per CPU.
    """
    parts = [
        f"<h1>{html.escape(title)}</h1>",
        _split_table(splits, probes),
        _problem_table(problems),
        *(f"<p><b>Note:</b> {html.escape(note)}</p>" for note in notes),
        "<h2>Clips per class</h2>",
        _image(_class_plot(splits), "plot"),
        "<h2>Videos</h2>",
        _image(_video_plot(splits, probes), "plot"),
        _kinds_table(probes),
        "<h2>Some clips of every class</h2>",
        _thumbnails(splits, probes, jobs),
    ]
    page = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f"<style>{STYLE}</style><body>{''.join(parts)}</body></html>\n"
    )
    replace_text(path, page)


def _split_table(splits: Mapping[str, Annotations], probes: Mapping[str, Probe]) -> str:
    rows = []
    for name, annotations in splits.items():
        records = annotations.records
        videos = {record.path for record in records}
        seconds = sum(probes[video].duration_seconds for video in videos)
        frames = sum(probes[video].num_frames for video in videos)
        classes = len({record.label for record in records} - {None})
        rows.append([name, len(records), len(videos), classes, frames, f"{seconds / 60:.1f}"])
    return _table(["split", "clips", "videos", "classes", "frames", "minutes"], rows)


def _problem_table(problems: Sequence[tuple[str, str, str]]) -> str:
    if not problems:
        return '<p class="good"><b>Nothing wrong was found.</b></p>'
    counts = Counter(kind for kind, _, _ in problems)
    listed = ", ".join(f"{kind} {count}" for kind, count in counts.items())
    rows = [[kind, message] for kind, _, message in problems[:MOST_ROWS]]
    more = len(problems) - len(rows)
    return (
        f'<h2 class="bad">{len(problems)} problem(s): {html.escape(listed)}</h2>'
        + _table(["kind", "what"], rows)
        + (f"<p>... and {more} more, in problems.csv</p>" if more else "")
    )


def _kinds_table(probes: Mapping[str, Probe]) -> str:
    usable = [probe for probe in probes.values() if not probe.problem]
    kinds = Counter(
        (
            p.codec,
            f"{p.width}x{p.height}",
            "yes" if p.variable_rate else "",
            f"{p.rotation_degrees}°" if p.rotation_degrees else "",
        )
        for p in usable
    )
    common = kinds.most_common(12)
    rows = [[*kind, count] for kind, count in common]
    if len(kinds) > len(common):
        rest = sum(kinds.values()) - sum(count for _, count in common)
        rows.append([f"{len(kinds) - len(common)} other kinds", "", "", "", rest])
    head = ["codec", "pixels", "variable rate", "rotated", "videos"]
    return _table(head, rows)


def _class_plot(splits: Mapping[str, Annotations]) -> bytes:
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    classes = max((a.classes for a in splits.values()), key=len, default=[])
    if len(classes) > MOST_BARS:
        return _count_plot(splits, len(classes))
    figure = Figure(figsize=(10, max(1.6, 0.24 * len(classes) + 0.9)), layout="constrained")
    axes = figure.add_subplot()
    left = np.zeros(len(classes))
    for (name, annotations), color in zip(splits.items(), SPLIT_COLOURS, strict=False):
        labels = [record.label for record in annotations.records if record.label is not None]
        counts = np.bincount(labels, minlength=len(classes))
        axes.barh(range(len(classes)), counts, left=left, color=color, label=name)
        left += counts
    for place, total in enumerate(left):
        axes.text(total, place, f" {total:.0f}", va="center", fontsize=8)
    axes.set_yticks(range(len(classes)), [_short(name) for name in classes], fontsize=8)
    axes.invert_yaxis()
    axes.set_xlabel("clips")
    axes.spines[["top", "right"]].set_visible(False)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if len(splits) > 1:
        figure.legend(loc="outside upper right", ncols=len(splits), frameon=False, fontsize=8)
    return _png(figure)


def _count_plot(splits: Mapping[str, Annotations], num_classes: int) -> bytes:
    """Returns how many classes have how many clips."""
    from matplotlib.figure import Figure

    records = [record for annotations in splits.values() for record in annotations.records]
    labels = [record.label for record in records if record.label is not None]
    figure = Figure(figsize=(10, 2.4), layout="constrained")
    axes = figure.add_subplot()
    axes.hist(np.bincount(labels, minlength=num_classes), bins=30, color=SPLIT_COLOURS[0])
    axes.set_xlabel("clips of a class")
    axes.set_ylabel(f"of {num_classes:,} classes")
    axes.spines[["top", "right"]].set_visible(False)
    return _png(figure)


def _video_plot(splits: Mapping[str, Annotations], probes: Mapping[str, Probe]) -> bytes:
    from matplotlib.figure import Figure

    usable = [probe for probe in probes.values() if not probe.problem]
    lengths = [
        n for a in splits.values() for r in a.records if (n := _clip_frames(r, probes[r.path]))
    ]
    seconds = [probe.duration_seconds for probe in usable if probe.duration_seconds]
    rates = [probe.frames_per_second for probe in usable if probe.frames_per_second]
    figure = Figure(figsize=(10, 2.4), layout="constrained")
    for axes, values, name in zip(
        figure.subplots(1, 3),
        (lengths, seconds, rates),
        ("frames per clip", "seconds per video", "frames per second"),
        strict=True,
    ):
        if values:
            axes.hist(values, bins=30, color=SPLIT_COLOURS[0])
        axes.set_xlabel(name)
        axes.spines[["top", "right"]].set_visible(False)
    return _png(figure)


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


def _thumbnails(
    splits: Mapping[str, Annotations],
    probes: Mapping[str, Probe],
    jobs: int | None,
) -> str:
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
                image = _image(picture, "", "jpeg")
                parts.append(f"<figure>{image}<figcaption>{caption}</figcaption></figure>")
    return "".join(parts)


def _pictures(
    records: Sequence[VideoRecord], probes: Mapping[str, Probe], jobs: int | None
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
            jobs=jobs,
            description="Drawing the report",
            path_of=lambda record: record.path,
        )
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    cells = "".join(f"<th>{html.escape(name)}</th>" for name in head)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return f"<table><tr>{cells}</tr>{body}</table>"


def _cell(value: object) -> str:
    if isinstance(value, int):
        return f'<td class="number">{value:,}</td>'
    return f"<td>{html.escape(str(value))}</td>"


def _image(content: bytes, kind: str, form: str = "png") -> str:
    data = base64.b64encode(content).decode("ascii")
    return f'<img class="{kind}" src="data:image/{form};base64,{data}" alt="">'


def _png(figure: "Figure") -> bytes:
    content = io.BytesIO()
    figure.savefig(content, dpi=110, metadata={"Software": None})
    return content.getvalue()


def _short(name: str, length: int = 44) -> str:
    return name if len(name) <= length else name[: length - 1] + "…"
