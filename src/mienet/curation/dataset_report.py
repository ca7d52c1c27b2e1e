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
from mienet.curation.groups import shared_groups, verdict
from mienet.curation.pool import run_jobs
from mienet.curation.probe import Probe
from mienet.curation.problem_section import problem_section
from mienet.files import write_whole
from mienet.rendering.thumbnails import thumbnail

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_THUMBNAILS = 200
MOST_A_CLASS = 6
FEW_THUMBNAILS = 24
"""As many take less time here than it takes to start processes for them."""
MOST_OPEN_GROUPS = 20
"""Groups of a split that are seen at once."""
MOST_BARS = 500
"""Classes drawn as a bar each; of more, how many have how many clips is drawn."""
SPLIT_COLORS = ("#3b6ea5", "#e0a030", "#5fa55a")

STYLE = """
:root { color-scheme: light dark; --text: #222; --soft: #595959; --line: #dcdcdc; --page: #fff;
        --good: #2e7d32; --bad: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e4e4e4; --soft: #b0b0b0; --line: #444; --page: #1b1b1b;
          --good: #7fca83; --bad: #ff9b92; }
}
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--page);
       margin: 2rem auto; max-width: 72rem; padding: 0 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }
h3 { font-size: 1rem; margin: 1.2rem 0 .3rem; }
ul { margin: .3rem 0; padding-left: 1.2rem; } p { margin: .3rem 0; }
summary { cursor: pointer; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; } th { text-align: left; }
td, th { padding: .2rem .9rem .2rem 0; vertical-align: top; border-bottom: 1px solid var(--line);
         overflow-wrap: normal; }
td:last-child { overflow-wrap: anywhere; }
td.number, th.number { text-align: right; }
.good { color: var(--good); } .bad { color: var(--bad); }
figure { display: inline-block; margin: 0 .6rem .8rem 0; width: 152px; vertical-align: top; }
figure img { width: 152px; height: 114px; object-fit: contain; background: #111; }
figcaption { font-size: 12px; color: var(--soft); overflow-wrap: anywhere; line-height: 1.25; }
img.plot { max-width: 100%; height: auto; background: #fff; }
.key span { margin-right: 1rem; } .key i { display: inline-block; width: .8rem; height: .8rem; }
.bars { display: grid; grid-template-columns: minmax(6rem, max-content) 1fr max-content;
        gap: .15rem .6rem; max-width: 60rem; font-size: 13px; }
.bars b { display: flex; align-items: center; } .bars i { display: block; height: .9rem; }
.bars > span:nth-child(3n + 1) { max-width: 22rem; }
.bars > span:nth-child(3n) { text-align: right; }
@media (max-width: 480px) {
  .bars { grid-template-columns: minmax(4rem, 10rem) 1fr max-content; }
  body { margin: 1rem auto; } td, th { padding-right: .5rem; font-size: 13px; }
  figure { width: 45%; margin-right: .3rem; } figure img { width: 100%; }
}
"""


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
    jobs: int | None = None,
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
        jobs: Processes that read the thumbnails; None is one per CPU.
    """
    parts = [
        f"<h1>{html.escape(title)}</h1>",
        _split_table(splits, probes),
        _group_table(group_by, groups or {}),
        problem_section(problems, verdict),
        *(f"<p><b>Note:</b> {html.escape(note)}</p>" for note in notes),
        "<h2>Clips per class</h2>",
        _class_bars(splits),
        "<h2>Videos</h2>",
        _video_plots(splits, probes),
        _kinds_table(probes),
        "<h2>Some clips of every class</h2>",
        _thumbnails(splits, probes, jobs),
    ]
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{STYLE}</style><body>{''.join(parts)}</body></html>\n"
    )
    write_whole(path, page)


def _split_table(splits: Mapping[str, Annotations], probes: Mapping[str, Probe]) -> str:
    rows = []
    for name, annotations in splits.items():
        records = annotations.records
        videos = {record.path for record in records}
        seconds = sum(probes[video].duration_seconds for video in videos)
        frames = sum(probes[video].num_frames for video in videos)
        classes = len({record.label for record in records} - {None})
        rows.append([name, len(records), len(videos), classes, frames, round(seconds / 60, 1)])
    return _table(["split", "clips", "videos", "classes", "frames", "minutes"], rows)


def _group_table(group_by: str | None, groups: Mapping[str, Mapping[str, int]]) -> str:
    """Returns which groups are in which split, if the clips were split by them."""
    if not groups:
        return ""
    rows = [
        [name, len(held), ", ".join(f"{group} ({clips})" for group, clips in held.items())]
        for name, held in groups.items()
    ]
    says, title = verdict(group_by, groups), html.escape(f"Clips of every {group_by}")
    kind = "bad" if shared_groups(groups) else "good"
    many = max(len(held) for held in groups.values()) > MOST_OPEN_GROUPS
    table = _table(["split", "number", f"{group_by} (clips)"], rows)
    table = f"<details><summary>all of them</summary>{table}</details>" if many else table
    counts = ", ".join(f"{name} {len(held)}" for name, held in groups.items())
    return (
        f'<h2>{title}</h2><p class="{kind}">{html.escape(says[:1].upper() + says[1:])}: '
        f"{html.escape(counts)}.</p>{table}"
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


def _class_bars(splits: Mapping[str, Annotations]) -> str:
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
            for name, color in zip(splits, SPLIT_COLORS, strict=False)
        )
        parts.append(f'<p class="key">{key}</p>')
    parts.append('<div class="bars">')
    for label, name in enumerate(classes):
        own = [int(count[label]) for count in counts]
        bar = "".join(
            f'<i style="width:{100 * count / most:.2f}%;background:{color}" '
            f'title="{html.escape(split)}: {count}"></i>'
            for split, count, color in zip(splits, own, SPLIT_COLORS, strict=False)
            if count
        )
        parts.append(f"<span>{html.escape(name)}</span><b>{bar}</b><span>{sum(own):,}</span>")
    return "".join([*parts, "</div>"])


def _count_plot(splits: Mapping[str, Annotations], num_classes: int) -> str:
    """Returns how many classes have how many clips."""
    records = [record for annotations in splits.values() for record in annotations.records]
    labels = [record.label for record in records if record.label is not None]
    counts = np.bincount(labels, minlength=num_classes).tolist()
    return _histogram(counts, "clips of a class", f"of {num_classes:,} classes")


def _video_plots(splits: Mapping[str, Annotations], probes: Mapping[str, Probe]) -> str:
    usable = [probe for probe in probes.values() if not probe.problem]
    lengths = [
        n for a in splits.values() for r in a.records if (n := _clip_frames(r, probes[r.path]))
    ]
    seconds = [probe.duration_seconds for probe in usable if probe.duration_seconds]
    rates = [probe.frames_per_second for probe in usable if probe.frames_per_second]
    return "".join(
        _histogram(values, name)
        for values, name in (
            (lengths, "frames per clip"),
            (seconds, "seconds per video"),
            (rates, "frames per second"),
        )
        if values
    )


def _histogram(values: Sequence[float], name: str, count: str = "") -> str:
    """Returns a picture as wide as a phone's page, so that its letters stay readable there."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(3.3, 2.2), layout="constrained")
    axes = figure.add_subplot()
    least, most = min(values), max(values)
    alike = most - least < 0.01 * abs(most)  # no bins of a thousandth of a frame
    limits = (0.9 * least, 1.1 * most) if alike else (least, most)
    axes.hist(values, bins=30, range=limits, color=SPLIT_COLORS[0])
    axes.set_xlabel(name)
    axes.set_ylabel(count)
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.ticklabel_format(axis="x", useOffset=False, style="plain")
    axes.spines[["top", "right"]].set_visible(False)
    return _image(_png(figure), "plot")


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
    numbers = [all(isinstance(row[i], (int, float)) for row in rows) for i in range(len(head))]
    cells = "".join(
        f"<th{' class=number' * is_number}>{html.escape(name)}</th>"
        for name, is_number in zip(head, numbers, strict=True)
    )
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return f'<div class="scroll"><table><tr>{cells}</tr>{body}</table></div>'


def _cell(value: object) -> str:
    if isinstance(value, int):
        return f'<td class="number">{value:,}</td>'
    if isinstance(value, float):
        return f'<td class="number">{value:,.1f}</td>'
    return f"<td>{html.escape(str(value))}</td>"


def _image(content: bytes, kind: str, form: str = "png") -> str:
    data = base64.b64encode(content).decode("ascii")
    return f'<img class="{kind}" src="data:image/{form};base64,{data}" alt="">'


def _png(figure: "Figure") -> bytes:
    content = io.BytesIO()
    figure.savefig(content, dpi=110, metadata={"Software": None})
    return content.getvalue()
