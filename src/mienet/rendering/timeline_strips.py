"""A picture of recordings: true phases above predicted ones, or one observer's above another's.

Events are marks beside them.

Each recording is as wide as the picture, however long it is; its length stands beside it.
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from mienet.metrics.events import Event
from mienet.metrics.frame_labels import runs
from mienet.metrics.recording_figures import recording_row
from mienet.rendering.plots import plain, png
from mienet.rendering.timeline_evaluation import EvaluatedRecording

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_RECORDINGS = 40
WIDTH = 12
ROW_INCHES = 0.5
LEGEND_LETTERS = 130
"""That are beside each other in the legend, marks included."""
MOST_COLORS = 20
"""Phases with a color of their own, the commonest; the others are dark."""

BACKGROUND_COLOR = "#ededed"
OTHER_COLOR = "#555555"
UNLABELED: dict[str, Any] = {"facecolor": "white", "edgecolor": "#bbbbbb", "hatch": "////"}
LONGEST_NAME = 28
MARKERS = "vDsoP*Xp"
"""One for each kind of event, again from the first after the last."""


class Compared(Protocol):
    """Recordings that are labeled twice, as a ``TimelineEvaluation`` has them."""

    @property
    def phases(self) -> tuple[str, ...]:
        """Names of the phases."""

    @property
    def events(self) -> tuple[str, ...]:
        """Names of the events."""

    @property
    def recordings(self) -> Sequence[EvaluatedRecording]:
        """All recordings."""

    def worst_first(self) -> list[EvaluatedRecording]:
        """Returns the recordings, those with the least right first."""


def timeline_strips_png(
    evaluation: Compared, *, above: str = "true", below: str = "predicted"
) -> bytes:
    """Returns the image of the worst recordings, at most 40.

    Args:
        evaluation: The recordings.
        above: What the upper strip of each is.
        below: What the lower one is.
    """
    from matplotlib.figure import Figure

    shown = evaluation.worst_first()[:MOST_RECORDINGS]
    colors = _colors(evaluation)
    handles = _legend(evaluation, colors)
    # Columns as wide as the longest name allows, and rows as many as that needs.
    longest = max((len(handle.get_label()) for handle in handles), default=0)
    columns = min(max(1, LEGEND_LETTERS // (longest + 6)), 6)
    legend_inches = 0.3 + 0.21 * math.ceil(len(handles) / columns)
    height = 0.5 + ROW_INCHES * len(shown) + legend_inches
    figure = Figure(figsize=(WIDTH, height))
    # In inches: a layout that measures leaves a gap above the legend of a high picture.
    figure.subplots_adjust(
        left=2.3 / WIDTH, right=1 - 0.8 / WIDTH, bottom=legend_inches / height, top=1 - 0.4 / height
    )
    axes = figure.add_subplot()
    for place, recording in enumerate(shown):
        _draw(axes, recording, place, evaluation, colors)
    axes.set(xlim=(0, 1), ylim=(len(shown) - 0.5, -0.5), xticks=[])
    axes.set_yticks(range(len(shown)), [_name(one.path) for one in shown], fontsize=9)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    count = len(evaluation.recordings)
    which = f"the worst {len(shown)} of {count}" if len(shown) < count else f"{count}"
    title = f"{which} recording{'s' * (count != 1)}, worst first: {above} above, {below} below"
    axes.set_title(plain(title), fontsize=11, loc="left")
    if handles:
        figure.legend(handles=handles, loc="lower center", ncols=columns, fontsize=9, frameon=False)
    return png(figure, dots_per_inch=110)


def _draw(
    axes: "Axes",
    recording: EvaluatedRecording,
    place: int,
    evaluation: Compared,
    colors: dict[int, Any],
) -> None:
    labels = recording.labels
    start, end = labels.borders_seconds[[0, -1]]
    shares = (labels.borders_seconds - start) / max(end - start, 1e-9)
    none = len(evaluation.phases)
    for array, top in ((labels.true, place - 0.22), (labels.predicted, place + 0.02)):
        spans: dict[int, list[tuple[float, float]]] = {}
        for label, first, last in runs(array):
            spans.setdefault(label, []).append((shares[first], shares[last] - shares[first]))
        for label, own in spans.items():
            color = BACKGROUND_COLOR if label == none else colors.get(label, OTHER_COLOR)
            look = UNLABELED if label < 0 else {"facecolors": color}
            axes.broken_barh(own, (top, 0.2), linewidth=0, **look)
    for events, height in ((labels.true_events, -0.3), (labels.shown_events, 0.3)):
        _draw_events(axes, events, shares, place + height, evaluation.events)
    figures = recording_row(recording.comparison)
    said = [f"{end - start:.1f} s"]
    said += [f"{figures['frame_accuracy']:.0%}"] if evaluation.phases else []
    axes.text(1.01, place, "\n".join(said), va="center", fontsize=8, color="#444444")


def _draw_events(
    axes: "Axes", events: Sequence[Event], shares: Any, height: float, names: Sequence[str]
) -> None:
    for number, name in enumerate(names):
        at = [shares[int(event.frame)] for event in events if event.label == name]
        axes.plot(
            at,
            [height] * len(at),
            linestyle="none",
            marker=MARKERS[number % len(MARKERS)],
            color=_event_color(number),
            markersize=5,
            clip_on=False,
        )


def _colors(evaluation: Compared) -> dict[int, Any]:
    """Returns the color of each phase that has one of its own."""
    from matplotlib import colormaps

    counts = np.zeros(len(evaluation.phases) + 1, dtype=np.int64)
    for one in evaluation.recordings:
        counts += one.comparison.confusion.sum(axis=1)
    commonest = sorted(np.argsort(-counts[:-1], kind="stable")[:MOST_COLORS].tolist())
    map_name = "tab10" if len(commonest) <= 10 else "tab20"
    return {phase: colormaps[map_name](place) for place, phase in enumerate(commonest)}


def _event_color(number: int) -> Any:
    from matplotlib import colormaps

    return "black" if number == 0 else colormaps["Dark2"]((number - 1) % 8)


def _legend(evaluation: Compared, colors: dict[int, Any]) -> list[Any]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Any] = [
        Patch(color=color, label=plain(evaluation.phases[phase])) for phase, color in colors.items()
    ]
    if others := len(evaluation.phases) - len(colors):
        handles.append(Patch(color=OTHER_COLOR, label=f"{others} rarer phases"))
    if evaluation.phases and any(
        (array == len(evaluation.phases)).any()
        for one in evaluation.recordings
        for array in (one.labels.true, one.labels.predicted)
    ):
        handles.append(Patch(color=BACKGROUND_COLOR, label="background"))
    if any((one.labels.true < 0).any() for one in evaluation.recordings):
        handles.append(Patch(**UNLABELED, label="unlabeled"))
    for number, name in enumerate(evaluation.events):
        handles.append(
            Line2D(
                [],
                [],
                linestyle="none",
                marker=MARKERS[number % len(MARKERS)],
                color=_event_color(number),
                label=plain(name),
            )
        )
    return handles


def _name(path: str) -> str:
    """Returns a file's name, short and without what matplotlib would take for a formula."""
    name = path.rstrip("/").rpartition("/")[2]
    if len(name) > LONGEST_NAME:
        name = f"{name[: LONGEST_NAME // 2]}...{name[-LONGEST_NAME // 2 :]}"
    return plain(name)
