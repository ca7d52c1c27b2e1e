"""The report on whole recordings: one page with what happens when in every video."""

import html
from collections.abc import Mapping, Sequence
from pathlib import Path

from mienet.curation.dataset_report import class_bars, thumbnails
from mienet.curation.pool import Jobs
from mienet.curation.probe import Probe
from mienet.curation.problem_section import problem_section
from mienet.curation.recording_figures import label_rows, split_rows
from mienet.curation.recording_problems import as_clips
from mienet.curation.report_page import group_table, histogram, kinds_table, table, write_page
from mienet.labeling.timelines import AnnotatedVideo
from mienet.rendering.phase_colors import BACKGROUND_COLOR, PHASE_COLORS

MOST_STRIPS = 60
"""Videos of each split that are drawn."""
STRIP_UNITS = 1000
"""Width of a strip; what is narrower than one unit is not seen."""
EVENT = "#d00000"


def write_recordings_report(
    path: Path,
    *,
    title: str,
    splits: Mapping[str, Sequence[AnnotatedVideo]],
    phases: Sequence[str],
    events: Sequence[str],
    probes: Mapping[str, Probe],
    problems: Sequence[tuple[str, str, str]],
    verdict: str,
    notes: Sequence[str] = (),
    group_by: str | None = None,
    groups: Mapping[str, Mapping[str, int]] | None = None,
    jobs: Jobs = None,
) -> None:
    """Writes a page with counts, problems, a strip of every video, and pictures of every label.

    Args:
        path: The page.
        title: Of the dataset.
        splits: The recordings of every split.
        phases: Labels of intervals.
        events: Labels of events.
        probes: What is in every video, by path.
        problems: Kind, row and message of all that is wrong.
        verdict: What to say where nothing is wrong.
        notes: What may be wrong.
        group_by: What the videos were split by; None if there is nothing.
        groups: Videos of every group, by split.
        jobs: Processes that read the pictures; Ray's do not.
    """
    clips = as_clips(splits, phases, events, probes)
    parts = [
        table(*split_rows(splits, probes)),
        group_table(group_by, groups or {}, what="videos"),
        problem_section(problems, verdict),
        *(f"<p><b>Note:</b> {html.escape(note)}</p>" for note in notes),
        "<h2>Phases and events</h2>",
        class_bars(clips),
        table(*label_rows(splits, phases, events)),
        _strips(splits, phases, probes),
        "<h2>Videos</h2>",
        _plots(splits, probes),
        kinds_table(probes),
        "<h2>Some marks of every label</h2>",
        thumbnails(clips, probes, jobs),
    ]
    write_page(path, title, parts)


def _plots(splits: Mapping[str, Sequence[AnnotatedVideo]], probes: Mapping[str, Probe]) -> str:
    usable = [probe for probe in probes.values() if not probe.problem]
    lasting = [
        mark.end_seconds - mark.start_seconds
        for videos in splits.values()
        for video in videos
        for mark in video.intervals
    ]
    shown = (
        (lasting, "seconds per phase"),
        ([probe.duration_seconds for probe in usable], "seconds per video"),
        ([probe.frames_per_second for probe in usable], "frames per second"),
    )
    return "".join(histogram(values, name) for values, name in shown if values)


def _strips(
    splits: Mapping[str, Sequence[AnnotatedVideo]],
    phases: Sequence[str],
    probes: Mapping[str, Probe],
) -> str:
    """Returns a strip for every video: its phases from start to end, and a line at every event."""
    colors = {name: PHASE_COLORS[i % len(PHASE_COLORS)] for i, name in enumerate(phases)}
    key = "".join(
        f'<span><i style="background:{color}"></i> {html.escape(name)}</span>'
        for name, color in colors.items()
    )
    parts = ["<h2>Every video from start to end</h2>"]
    parts.append(
        f'<p class="key">{key}<span><i style="background:{EVENT}"></i> an event</span></p>'
    )
    for name, videos in splits.items():
        usable = [video for video in videos if probes[video.path].duration_seconds]
        parts.append(f'<h3>{html.escape(name)}</h3><div class="bars">')
        for video in usable[:MOST_STRIPS]:
            seconds = probes[video.path].duration_seconds
            parts.append(
                f"<span>{html.escape(Path(video.path).name)}</span>"
                f"<b>{_strip(video, seconds, colors)}</b><span>{seconds:.1f} s</span>"
            )
        parts.append("</div>")
        if (more := len(usable) - MOST_STRIPS) > 0:
            parts.append(f"<p>and {more:,} more videos</p>")
    return "".join(parts)


def _strip(video: AnnotatedVideo, seconds: float, colors: Mapping[str, str]) -> str:
    """Returns a strip as wide as its column; long videos have no more parts than it has units."""
    shown: list[str | None] = [None] * STRIP_UNITS
    for mark in video.intervals:
        start = _unit(mark.start_seconds, seconds)
        end = max(min(round(STRIP_UNITS * mark.end_seconds / seconds), STRIP_UNITS), start + 1)
        shown[start:end] = [mark.label] * (end - start)
    shapes = []
    start = 0
    for end in range(1, STRIP_UNITS + 1):
        if end == STRIP_UNITS or shown[end] != shown[start]:
            if (label := shown[start]) is not None:
                shapes.append(
                    f'<rect x="{start}" width="{end - start}" height="10" fill="{colors[label]}">'
                    f"<title>{html.escape(label)}</title></rect>"
                )
            start = end
    places = {_unit(event.time_seconds, seconds): event.label for event in video.events}
    shapes += [
        f'<rect x="{place}" width="3" height="10" fill="{EVENT}">'
        f"<title>{html.escape(label)}</title></rect>"
        for place, label in sorted(places.items())
    ]
    return (
        f'<svg viewBox="0 0 {STRIP_UNITS} 10" preserveAspectRatio="none" '
        f'style="width:100%;height:.9rem;background:{BACKGROUND_COLOR}">{"".join(shapes)}</svg>'
    )


def _unit(time_seconds: float, seconds: float) -> int:
    return min(int(STRIP_UNITS * time_seconds / seconds), STRIP_UNITS - 1)
