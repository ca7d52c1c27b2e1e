"""An explanation as a contact sheet: a column a segment, what was seen, what moved, where and when.

Shapes: ``T`` segments, ``L`` frames per segment, ``S`` pixels.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from mienet.explanations.explanation import Explanation
from mienet.video.geometry import Images

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOTION_COLORS, HEAT_COLORS = "viridis", "inferno"
BRIGHTEST_PERCENT = 99.5
"""Of a clip's motion, what is drawn brightest: a few pixels that flicker would dim the rest."""

COLUMN_INCHES, BARS_INCHES, LEFT_INCHES, RIGHT_INCHES, TOP_INCHES = 1.5, 1.1, 1.5, 0.25, 0.95
BOTTOM_INCHES, GAP_INCHES, BARS_GAP_INCHES = 0.55, 0.06, 0.42
MARGIN_INCHES = 0.15
DPI = 110
LEAST_COLUMNS = 4
"""Columns that the title has room over."""
FOR, AGAINST, NEUTRAL = "#1b6ca8", "#c0392b", "#6b7280"


@dataclass(frozen=True)
class Bars:
    """A number for each segment, with what it is."""

    title: str
    values: NDArray[np.float32]
    is_signed: bool = False


def explanation_png(explanation: Explanation, name: str, moments: Sequence[str]) -> bytes:
    """Returns the contact sheet.

    Motion and Grad-CAM are each drawn on one scale for all segments of the clip, so that segments
    compare.

    Args:
        explanation: What to draw.
        name: Of the video.
        moments: When each segment starts, such as ``1.25 s``, ``(T,)``.
    """
    from matplotlib.figure import Figure

    rows = picture_rows(explanation)
    charts = bar_charts(explanation)
    count = len(moments)
    width = LEFT_INCHES + max(count, LEAST_COLUMNS) * COLUMN_INCHES + RIGHT_INCHES
    height = TOP_INCHES + len(rows) * (COLUMN_INCHES + GAP_INCHES)
    height += len(charts) * (BARS_INCHES + BARS_GAP_INCHES) + BOTTOM_INCHES
    figure = Figure(figsize=(width, height))

    def add(left: float, top: float, wide: float, high: float) -> "Axes":
        box = (left / width, 1 - (top + high) / height, wide / width, high / height)
        return figure.add_axes(box)

    _line(figure, 0.2, title(explanation), 13, color="black")
    _line(figure, 0.5, name, 9, color=NEUTRAL)
    top = TOP_INCHES
    for label, images in rows:
        for column, image in enumerate(images):
            side = COLUMN_INCHES - GAP_INCHES
            axes = add(LEFT_INCHES + column * COLUMN_INCHES + GAP_INCHES / 2, top, side, side)
            axes.imshow(image)
            axes.set_axis_off()
            if top == TOP_INCHES:
                axes.set_title(moments[column], size=8, pad=3)
        middle = 1 - (top + COLUMN_INCHES / 2) / height
        figure.text(MARGIN_INCHES / width, middle, label, size=9, va="center", linespacing=1.4)
        top += COLUMN_INCHES + GAP_INCHES
    for bars in charts:
        top += BARS_GAP_INCHES
        _draw_bars(add(LEFT_INCHES, top, count * COLUMN_INCHES, BARS_INCHES), bars)
        top += BARS_INCHES
    if said := fusion_sentence(explanation):
        figure.text(
            MARGIN_INCHES / width, MARGIN_INCHES / height, said, size=8, va="bottom", color=NEUTRAL
        )
    content = io.BytesIO()
    figure.savefig(content, dpi=DPI, format="png")
    return content.getvalue()


def title(explanation: Explanation) -> str:
    """Returns the class, its probability, and the likeliest class if that is another one."""
    said = f"Why “{explanation.label}”?   {explanation.probability:.1%}"
    if explanation.likeliest != explanation.label:
        said += f"; likeliest is “{explanation.likeliest}”"
    return said


def fusion_sentence(explanation: Explanation) -> str:
    """Returns what adaptive fusion weighs its inputs by; empty without it."""
    if explanation.fusion_shares is None:
        return ""
    image, motion = explanation.fusion_shares.tolist()
    return (
        f"Fusion weighs the image {image:.0%} and motion {motion:.0%}, the same for all clips; a "
        "gate scales both, in each segment."
    )


def picture_rows(explanation: Explanation) -> list[tuple[str, list[Images]]]:
    """Returns the rows of pictures, ``(S, S, 3)`` a segment each, with what they are."""
    first = explanation.frames[:, 0]
    rows = [("what it saw:\nfirst frames", list(first))]
    if explanation.motion is not None:
        motion = scaled(explanation.motion, BRIGHTEST_PERCENT).mean(axis=1)
        rows.append(("what moved:\nmotion maps", _over(first, motion, MOTION_COLORS)))
    heat = scaled(explanation.heat)
    rows.append(("where it looked:\nGrad-CAM", _over(first, heat, HEAT_COLORS)))
    return rows


def bar_charts(explanation: Explanation) -> list[Bars]:
    """Returns what there is to draw as bars."""
    charts = []
    if explanation.masking is not None:
        charts.append(
            Bars(
                "When: how much the class's logit falls if the video stands still in the segment",
                explanation.masking,
                is_signed=True,
            )
        )
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


def _draw_bars(axes: "Axes", bars: Bars) -> None:
    values = bars.values
    places = np.arange(len(values))
    signs = [FOR if value >= 0 else AGAINST for value in values]
    drawn = axes.bar(places, values, width=0.62, color=signs if bars.is_signed else NEUTRAL)
    form = "{:+.2f}" if bars.is_signed else "{:.3f}"
    axes.bar_label(drawn, [form.format(value) for value in values], size=8, padding=2)
    axes.set_xlim(-0.5, len(values) - 0.5)
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
    room = 0.22 * (high - low or 1.0)
    axes.set_ylim(low - (room if low < 0 else 0), high + room)
    axes.axhline(0, color="black", linewidth=0.6)
    axes.set_title(bars.title, size=9, loc="left", pad=4)
    axes.set_xticks([])
    axes.tick_params(axis="y", labelsize=7)
    axes.spines[["top", "right", "bottom"]].set_visible(False)


def _line(figure: "Figure", top_inches: float, text: str, size: float, *, color: str) -> None:
    """Writes a line in letters of a size, or smaller ones so that it fits."""
    width, height = figure.get_size_inches()
    plain = text.replace("$", r"\$")  # between two dollars matplotlib would read a formula
    written = figure.text(
        MARGIN_INCHES / width, 1 - top_inches / height, plain, size=size, va="top", color=color
    )
    wide = written.get_window_extent().width / figure.dpi
    written.set_fontsize(size * min(1, (width - 2 * MARGIN_INCHES) / wide))
