"""An explanation as a contact sheet: a column a segment, what was seen, what moved, where and when.

Of a window of a recording there are columns for the positions around the one that is explained.
Shapes: ``T`` segments or positions, ``L`` frames of each, ``S`` pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from mienet.explanations.explanation import Explanation
from mienet.rendering.plots import plain, png
from mienet.video.geometry import Images

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOTION_COLORS, HEAT_COLORS = "viridis", "inferno"
BRIGHTEST_PERCENT = 99.5
"""Of a clip's motion, what is drawn brightest: a few pixels that flicker would dim the rest."""

PAGE_INCHES = 7.5
"""Between the margins of a sheet of A4 or letter paper, on which letters then have their size."""
SMALLEST_COLUMN_INCHES, LARGEST_COLUMN_INCHES = 0.75, 1.5
"""More segments than fit make the sheet wider than the page."""
LEFT_INCHES, RIGHT_INCHES, TOP_INCHES, BOTTOM_INCHES = 1.3, 0.2, 1.0, 0.5
BARS_INCHES, GAP_INCHES, BARS_GAP_INCHES = 0.85, 0.06, 0.42
MARGIN_INCHES = 0.1
DPI = 200

MOST_COLUMNS = 7
"""Positions of a recording's window that are pictured."""
MOST_NUMBERS = 16
"""Bars that have their numbers over them; those of more would touch."""

FOR, AGAINST, NEUTRAL, MARKED = "#1b6ca8", "#c0392b", "#6b7280", "#c2410c"


@dataclass(frozen=True)
class Bars:
    """A number for each segment, with what it is."""

    title: str
    values: NDArray[np.float32]
    is_signed: bool = False


def explanation_png(explanation: Explanation, name: str, moments: Sequence[str]) -> bytes:
    """Returns the contact sheet.

    Motion and Grad-CAM are each drawn on one scale for all segments of the clip or window, so that
    segments compare.

    Args:
        explanation: What to draw.
        name: Of the video.
        moments: When each segment starts, such as ``1.25 s``, ``(T,)``.
    """
    from matplotlib.figure import Figure

    rows = picture_rows(explanation)
    charts = bar_charts(explanation, moments)
    pictured = pictured_columns(explanation)
    count = len(pictured)
    room = (PAGE_INCHES - LEFT_INCHES - RIGHT_INCHES) / count
    column_inches = min(max(room, SMALLEST_COLUMN_INCHES), LARGEST_COLUMN_INCHES)
    width = max(PAGE_INCHES, LEFT_INCHES + count * column_inches + RIGHT_INCHES)
    height = TOP_INCHES + len(rows) * (column_inches + GAP_INCHES)
    height += len(charts) * (BARS_INCHES + BARS_GAP_INCHES) + BOTTOM_INCHES
    figure = Figure(figsize=(width, height), dpi=DPI)

    def add(left: float, top: float, wide: float, high: float) -> "Axes":
        box = (left / width, 1 - (top + high) / height, wide / width, high / height)
        return figure.add_axes(box)

    _line(figure, 0.15, title(explanation, moments), 13, color="black")
    _line(figure, 0.43, name, 8.5, color=NEUTRAL)
    if said := window_sentence(explanation, moments):
        _line(figure, 0.6, said, 8.5, color=NEUTRAL)
    top = TOP_INCHES
    for label, images in rows:
        for place, (column, image) in enumerate(zip(pictured, images, strict=True)):
            side = column_inches - GAP_INCHES
            axes = add(LEFT_INCHES + place * column_inches + GAP_INCHES / 2, top, side, side)
            axes.imshow(image)
            is_marked = explanation.place is not None and explanation.place.position == column
            _frame(axes, is_marked=is_marked)
            if top == TOP_INCHES:
                axes.set_title(
                    moments[column],
                    size=8,
                    pad=4,
                    color=MARKED if is_marked else "black",
                    weight="bold" if is_marked else "normal",
                )
        middle = 1 - (top + column_inches / 2) / height
        figure.text(MARGIN_INCHES / width, middle, label, size=8.5, va="center", linespacing=1.4)
        top += column_inches + GAP_INCHES
    for bars in charts:
        top += BARS_GAP_INCHES
        axes = add(LEFT_INCHES, top, count * column_inches, BARS_INCHES)
        _draw_bars(axes, bars)
        if explanation.place is not None:
            _mark_positions(axes, explanation.place.position, pictured, moments)
        top += BARS_INCHES
    if said := fusion_sentence(explanation):
        _line(figure, height - 0.22, said, 8, color=NEUTRAL)
    return png(figure)


def title(explanation: Explanation, moments: Sequence[str]) -> str:
    """Returns what is explained, its probability, and what is named if that is something else."""
    place = explanation.place
    kind = "" if place is None else "event " if place.is_event else "phase "
    when = "" if place is None else f" at {moments[place.position]}"
    said = f"Why {kind}“{explanation.label}”{when}?   {explanation.probability:.1%}"
    if explanation.likeliest != explanation.label:
        other = "likeliest is" if place is None else "named there:"
        said += f"; {other} “{explanation.likeliest}”"
    return said


def window_sentence(explanation: Explanation, moments: Sequence[str]) -> str:
    """Returns which window of a recording the network saw; empty of a clip."""
    if explanation.place is None:
        return ""
    said = f"Seen in a window of {len(moments)} positions from {moments[0]} to {moments[-1]}"
    shown = len(pictured_columns(explanation))
    return said if shown == len(moments) else f"{said}; the {shown} pictured ones are shaded below"


def pictured_columns(explanation: Explanation) -> range:
    """Returns the segments that have pictures: all of a clip, of a window those around one."""
    count = len(explanation.frames)
    if explanation.place is None:
        return range(count)
    shown = min(MOST_COLUMNS, count)
    first = min(max(explanation.place.position - shown // 2, 0), count - shown)
    return range(first, first + shown)


def fusion_sentence(explanation: Explanation) -> str:
    """Returns what adaptive fusion weighs its inputs by; empty without it."""
    if explanation.fusion_shares is None:
        return ""
    image, motion = explanation.fusion_shares.tolist()
    inputs, part = ("clips", "segment") if explanation.place is None else ("windows", "position")
    return (
        f"Fusion weighs the image {image:.0%} and motion {motion:.0%}, the same for all {inputs}; "
        f"a gate scales both, {part} by {part}."
    )


def picture_rows(explanation: Explanation) -> list[tuple[str, list[Images]]]:
    """Returns the rows of pictures, ``(S, S, 3)`` a pictured segment each, with what they are."""
    columns = list(pictured_columns(explanation))
    first = explanation.frames[columns, 0]
    rows = [("what it saw:\nfirst frames", list(first))]
    if explanation.motion is not None:
        motion = scaled(explanation.motion, BRIGHTEST_PERCENT).mean(axis=1)[columns]
        rows.append(("what moved:\nmotion maps", _over(first, motion, MOTION_COLORS)))
    heat = scaled(explanation.heat)[columns]
    rows.append(("where it looked:\nGrad-CAM", _over(first, heat, HEAT_COLORS)))
    return rows


def bar_charts(explanation: Explanation, moments: Sequence[str]) -> list[Bars]:
    """Returns what there is to draw as bars; ``moments`` as ``explanation_png``'s."""
    charts = []
    place = explanation.place
    if explanation.masking is not None:
        where, of = "in the segment", "class's logit"
        if place is not None:
            where, of = "at the position", f"logit at {moments[place.position]}"
        fall = f"When: how much the {of} falls if the video stands still {where}"
        charts.append(Bars(fall, explanation.masking, is_signed=True))
    if explanation.attention is not None:
        charts.append(
            Bars("When: temporal attention in the last block (DPTAM)", explanation.attention)
        )
    if explanation.fusion_gates is not None:
        charts.append(
            Bars("Gate of the fusion, mean over colors", explanation.fusion_gates.mean(axis=1))
        )
    return charts


def scaled(values: NDArray[np.float32], percent: float = 100) -> NDArray[np.float32]:
    """Returns values from 0 as parts of a percentile of all, at most 1; zeros stay."""
    most = float(np.percentile(values, percent))
    if most <= 0:
        most = float(values.max())
    return np.clip(values / most, 0, 1) if most > 0 else np.zeros_like(values)


def blended(image: Images, values: NDArray[np.float32], colors: str) -> Images:
    """Returns an image in gray with values over it: the higher, the less is left of the image.

    Args:
        image: uint8, ``(S, S, 3)``.
        values: From 0 to 1, of any size: of fewer places than pixels, each is a rectangle, so that
            no more is shown than is known.
        colors: Matplotlib's name of the colors.
    """
    from matplotlib import colormaps

    side = image.shape[1], image.shape[0]
    large = cv2.resize(values, side, interpolation=cv2.INTER_NEAREST)
    painted = 255 * colormaps[colors](large)[..., :3]
    gray = np.repeat(image.mean(axis=2, keepdims=True), 3, axis=2) * 0.6
    share = (0.15 + 0.75 * large)[..., None]
    return np.round(share * painted + (1 - share) * gray).astype(np.uint8)


def _over(images: Images, maps: NDArray[np.float32], colors: str) -> list[Images]:
    return [blended(image, values, colors) for image, values in zip(images, maps, strict=True)]


def _frame(axes: "Axes", *, is_marked: bool) -> None:
    """Leaves a picture without ticks, and with a border if it is the one that is explained."""
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set(visible=is_marked, color=MARKED, linewidth=2)


def _mark_positions(axes: "Axes", position: int, pictured: range, moments: Sequence[str]) -> None:
    """Shows which bar is explained and which are pictured, and when the window is."""
    axes.axvspan(pictured[0] - 0.5, pictured[-1] + 0.5, color="0.92", zorder=0, linewidth=0)
    if len(moments) > MOST_NUMBERS:
        axes.axvline(position, color=MARKED, linewidth=1, linestyle=":", zorder=0.5)
    ends = [end for end in (0, len(moments) - 1) if abs(end - position) > len(moments) / 10]
    named = sorted([position, *ends])
    axes.set_xticks(named, [moments[index] for index in named], size=7)
    axes.tick_params(axis="x", length=2)
    axes.get_xticklabels()[named.index(position)].set(color=MARKED, weight="bold")


def _draw_bars(axes: "Axes", bars: Bars) -> None:
    values = bars.values
    places = np.arange(len(values))
    signs = [FOR if value >= 0 else AGAINST for value in values]
    drawn = axes.bar(places, values, width=0.62, color=signs if bars.is_signed else NEUTRAL)
    if len(values) <= MOST_NUMBERS:
        form = "{:+.2f}" if bars.is_signed else "{:.2f}"
        axes.bar_label(drawn, [form.format(value) for value in values], size=7, padding=2)
    axes.set_xlim(-0.5, len(values) - 0.5)
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
    room = 0.22 * (high - low or 1.0)
    axes.set_ylim(low - (room if low < 0 else 0), high + room)
    axes.axhline(0, color="black", linewidth=0.6)
    axes.set_title(bars.title, size=8.5, loc="left", pad=4)
    axes.set_xticks([])
    axes.tick_params(axis="y", labelsize=7)
    axes.spines[["top", "right", "bottom"]].set_visible(False)


def _line(figure: "Figure", top_inches: float, text: str, size: float, *, color: str) -> None:
    """Writes a line in letters of a size, or smaller ones so that it fits."""
    width, height = figure.get_size_inches()
    left, top = MARGIN_INCHES / width, 1 - top_inches / height
    written = figure.text(left, top, plain(text), size=size, va="top", color=color)
    room = (width - 2 * MARGIN_INCHES) * figure.dpi
    for _ in range(2):  # small letters are rounded to wider ones
        shrink = min(1.0, room / written.get_window_extent().width)
        written.set_fontsize(written.get_fontsize() * shrink)
