"""Timelines as pictures."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mienet.files import whole_file
from mienet.timelines.result import Timeline

MOST_CLASSES = 20
"""Classes that a plot draws, one color each."""

OTHER_COLOR = (0.7, 0.7, 0.7)
"""Of classes that are not drawn."""

MOST_POINTS = 4000
"""Moments that a plot draws; more would fall on the same pixels."""


def draw_timeline(timeline: Timeline, path: Path) -> None:
    """Writes a picture: the phases as bands, and below the probability of each class over time.

    Of many classes those are drawn that are likeliest at some moment, and their number is told.
    """
    from matplotlib.figure import Figure

    colors = class_colors(timeline)
    figure = Figure(figsize=(11, 4.5 + 0.16 * len(colors)), layout="constrained")
    bands, curves = figure.subplots(2, 1, sharex=True, height_ratios=[1, 3])
    start, end = timeline.borders_seconds[[0, -1]]
    for phase in timeline.phases:
        index = timeline.classes.index(phase.label)
        color = colors.get(index, OTHER_COLOR)
        bands.axvspan(phase.start_seconds, phase.end_seconds, color=color, alpha=0.8)
        if phase.duration_seconds > 0.02 * (end - start):
            middle = (phase.start_seconds + phase.end_seconds) / 2
            bands.text(middle, 0.5, str(index + 1), ha="center", va="center", fontsize=9)
    bands.set(yticks=[], ylim=(0, 1), title=_escaped(timeline.path.name))
    times = timeline.borders_seconds[:-1]
    every = max(1, len(times) // MOST_POINTS)
    for index, color in colors.items():
        label = f"{index + 1}  {_escaped(timeline.classes[index])}"
        shares = timeline.probabilities[::every, index]
        curves.plot(times[::every], shares, color=color, label=label, linewidth=1.2)
    curves.set(
        xlabel="seconds", ylabel="probability", ylim=(0, 1), xlim=(start, max(end, start + 1e-6))
    )
    left_out = len(timeline.classes) - len(colors)
    title = f"and {left_out} less likely classes" if left_out else None
    columns = 2 if len(colors) > 4 else 4
    figure.legend(loc="outside lower center", ncols=columns, fontsize=8, title=title)
    with whole_file(path) as file:
        figure.savefig(file, dpi=110, format="png")


def class_colors(timeline: Timeline) -> dict[int, NDArray[np.float64]]:
    """Returns the color, ``(4,)`` of red, green, blue and 1, of every class that is drawn."""
    from matplotlib import colormaps

    drawn = drawn_classes(timeline)
    palette = colormaps["tab20"](np.arange(len(drawn)) % 20)
    return dict(zip(drawn, palette, strict=True))


def drawn_classes(timeline: Timeline) -> list[int]:
    """Returns the classes to draw: all of a few, else those that are likeliest at some moment."""
    count = len(timeline.classes)
    if count <= MOST_CLASSES:
        return list(range(count))
    peaks = timeline.probabilities.max(axis=0)
    return sorted(np.argsort(-peaks)[:MOST_CLASSES].tolist())


def _escaped(name: str) -> str:
    """Returns a name in which matplotlib finds no formula."""
    return name.replace("$", r"\$")
