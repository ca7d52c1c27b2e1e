"""Timelines as pictures."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mienet.files import write_whole
from mienet.rendering.plots import plain, png
from mienet.timelines.result import Timeline

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Color = tuple[float, float, float]
"""Red, green and blue, from 0 to 1."""

MOST_CLASSES = 20
"""Phases, and kinds of events, that a plot draws, one color each."""

OTHER_COLOR: Color = (0.7, 0.7, 0.7)
"""Of classes that are not drawn."""

MOST_POINTS = 4000
"""Moments that a plot draws; more would fall on the same pixels."""

MOST_MARKED = 60
"""Events that are marked through the phases, too; more would hide them."""

LONGEST_NAME = 45
"""Letters of a name in a plot."""

SMALLEST_LANE_INCHES, LARGEST_LANE_INCHES, LANES_INCHES = 0.26, 0.6, 3.0
BAND_INCHES, MARGIN_INCHES = 0.9, 1.1
WIDTH_INCHES = 11


def draw_timeline(timeline: Timeline, path: Path) -> None:
    """Writes a picture of phases and events over time.

    On top the phases as bands; then a lane for each phase and for each kind of event, with its
    probability, and a line where an event was found. Of many phases or kinds of events those are
    drawn that are likeliest at some moment, and the number of the others is told.
    """
    from matplotlib.figure import Figure

    colors = class_colors(timeline)
    kinds = event_colors(timeline)
    heights = {
        "bands": BAND_INCHES * bool(colors),
        "phases": _lanes_inches(len(colors)),
        "events": _lanes_inches(len(kinds)),
    }
    rows = [name for name, height in heights.items() if height]
    size = (WIDTH_INCHES, sum(heights.values()) + MARGIN_INCHES)
    figure = Figure(figsize=size, dpi=110, layout="constrained")
    axes = figure.subplot_mosaic(
        [[name] for name in rows], sharex=True, height_ratios=[heights[name] for name in rows]
    )
    if "bands" in axes:
        _draw_bands(timeline, axes["bands"], colors)
        names = [f"{index + 1}  {_shown(timeline.classes[index])}" for index in colors]
        _draw_lanes(timeline, axes["phases"], names, timeline.probabilities, colors)
        _tell_others(axes["phases"], len(timeline.classes) - len(colors), "classes")
    if "events" in axes and timeline.event_probabilities is not None:
        names = [_shown(timeline.event_names[index]) for index in kinds]
        _draw_lanes(timeline, axes["events"], names, timeline.event_probabilities, kinds)
        for lane, (index, color) in enumerate(kinds.items()):
            name = timeline.event_names[index]
            found = [event.time_seconds for event in timeline.events if event.label == name]
            axes["events"].vlines(found, -lane, 0.9 - lane, color=color, linewidth=1.6)
        _tell_others(axes["events"], len(timeline.event_names) - len(kinds), "kinds of events")
    start, end = timeline.borders_seconds[[0, -1]]
    axes[rows[0]].set_title(_shown(timeline.path.name))
    axes[rows[-1]].set(xlabel="seconds", xlim=(start, max(end, start + 1e-6)))
    write_whole(path, png(figure))


def _draw_bands(timeline: Timeline, axes: "Axes", colors: dict[int, Color]) -> None:
    """Draws the phases, the long ones with their numbers, and lines where events are."""
    start, end = timeline.borders_seconds[[0, -1]]
    for phase in timeline.phases:
        index = timeline.classes.index(phase.label)
        color = colors.get(index, OTHER_COLOR)
        axes.axvspan(phase.start_seconds, phase.end_seconds, color=color, alpha=0.8, linewidth=0)
        if phase.duration_seconds > 0.02 * (end - start):
            middle = (phase.start_seconds + phase.end_seconds) / 2
            axes.text(middle, 0.5, str(index + 1), ha="center", va="center", fontsize=9)
    if len(timeline.events) <= MOST_MARKED:
        for event in timeline.events:
            axes.axvline(event.time_seconds, color="black", linewidth=1, linestyle=":")
    axes.set(yticks=[], ylim=(0, 1))


def _draw_lanes(
    timeline: Timeline,
    axes: "Axes",
    names: list[str],
    probabilities: NDArray[np.float32],
    colors: dict[int, Color],
) -> None:
    """Draws a lane for each column of ``colors``, named on the left, the first one on top."""
    every = max(1, len(probabilities) // MOST_POINTS)
    starts = np.arange(0, len(probabilities), every)
    times = timeline.borders_seconds[:-1][starts]
    for lane, (index, color) in enumerate(colors.items()):
        # The highest of the moments that fall on one point, so that no peak is missed.
        shares = np.maximum.reduceat(probabilities[:, index], starts)
        axes.fill_between(times, -lane, 0.9 * shares - lane, color=color, alpha=0.6, linewidth=0)
        axes.axhline(-lane, color="0.8", linewidth=0.6, zorder=0)
    axes.set_yticks([0.45 - lane for lane in range(len(colors))], names, fontsize=8)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(0.98 - len(colors), 1)


def _lanes_inches(count: int) -> float:
    lane_inches = LANES_INCHES / max(count, 1)
    return count * min(max(lane_inches, SMALLEST_LANE_INCHES), LARGEST_LANE_INCHES)


def _tell_others(axes: "Axes", count: int, what: str) -> None:
    if count:
        axes.set_title(f"and {count} less likely {what}", fontsize=8, loc="right")


def class_colors(timeline: Timeline) -> dict[int, Color]:
    """Returns the color of every phase that is drawn, by its index."""
    return _colors(drawn_classes(timeline), "tab20")


def event_colors(timeline: Timeline) -> dict[int, Color]:
    """Returns the color of every kind of event that is drawn, by its index."""
    return _colors(drawn_events(timeline), "tab10")


def _colors(drawn: list[int], name: str) -> dict[int, Color]:
    from matplotlib import colormaps

    palette = colormaps[name]
    return {index: palette(place % palette.N)[:3] for place, index in enumerate(drawn)}


def drawn_classes(timeline: Timeline) -> list[int]:
    """Returns the classes to draw: all of a few, else those that are likeliest at some moment."""
    return _likeliest(timeline.probabilities)


def drawn_events(timeline: Timeline) -> list[int]:
    """Returns the kinds of events to draw, as ``drawn_classes`` does."""
    if timeline.event_probabilities is None:
        return []
    return _likeliest(timeline.event_probabilities)


def _likeliest(probabilities: NDArray[np.float32]) -> list[int]:
    count = probabilities.shape[1]
    if count <= MOST_CLASSES:
        return list(range(count))
    return sorted(np.argsort(-probabilities.max(axis=0))[:MOST_CLASSES].tolist())


def _shown(name: str) -> str:
    """Returns a name that is not too long, and in which matplotlib finds no formula."""
    return plain(name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 3]}...")
