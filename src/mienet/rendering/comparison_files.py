"""The files of a comparison of models.

comparison/comparison.json    all figures, differences, tests and costs
comparison/comparison.csv     a row a model
comparison/differences.csv    a row for each figure of each pair of models
comparison/per_class.csv      figures of each class, phase and event, and their differences
comparison/differences.png    the differences with their intervals
"""

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING

from mienet.files import write_whole
from mienet.metrics.comparison import Measure
from mienet.rendering.comparison import ModelComparison
from mienet.rendering.plots import plain, png
from mienet.rendering.results import to_bytes
from mienet.rendering.spreadsheet import write_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SUMMARY = "comparison.json"
FILES = (SUMMARY, "comparison.csv", "differences.csv", "per_class.csv", "differences.png")
SUMMARY_START = r'\{\s*"kind": "(clips|recordings)"'

CLEAR_COLOR = "#1f5fa8"
UNCLEAR_COLOR = "#777777"
LONGEST_NAME = 24
LEAST_WIDTH = 6.5
"""Inches that the title needs."""


def write_comparison(comparison: ModelComparison, out: Path) -> None:
    """Writes all files to the folder ``out``, each whole or not at all.

    Raises:
        OSError: If one cannot be written, with its name.
    """
    out.mkdir(parents=True, exist_ok=True)
    content = comparison.to_dict()
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    write_whole(out / SUMMARY, to_bytes(text))
    write_table(out / "comparison.csv", comparison.model_rows())
    write_table(out / "differences.csv", comparison.pair_rows())
    write_table(out / "per_class.csv", comparison.label_table())
    write_whole(out / "differences.png", differences_png(comparison))


def differences_png(comparison: ModelComparison) -> bytes:
    """Returns the image of all pairs' differences: a panel for each measure, better to the right.

    What is outside the noise is blue and filled.
    """
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    pairs, measures = comparison.pairs, comparison.measures
    names = [f"{_short(pair.second)}\nminus {_short(pair.first)}" for pair in pairs]
    longest = max(len(line) for name in names for line in name.splitlines())
    width = max(0.1 * longest + 3 * len(measures), LEAST_WIDTH)
    figure = Figure(figsize=(width, 1.9 + 0.55 * len(pairs)), layout="constrained")
    panels = figure.subplots(1, len(measures), sharey=True, squeeze=False)[0]
    for axes, measure in zip(panels, measures, strict=True):
        _draw(axes, comparison, measure)
    panels[0].set_yticks(range(len(pairs)), [plain(name) for name in names], fontsize=9)
    panels[0].set_ylim(len(pairs) - 0.5, -0.5)
    handles = [
        Line2D([], [], marker="o", color=CLEAR_COLOR, label="outside the noise"),
        Line2D(
            [], [], marker="o", color=UNCLEAR_COLOR, markerfacecolor="white",
            label="within the noise, or too few to tell",
        ),
    ]  # fmt: skip
    figure.legend(handles=handles, loc="outside lower center", ncols=2, fontsize=9, frameon=False)
    what = "videos" if comparison.kind == "clips" else "recordings"
    over = f", with 95 % intervals over {comparison.num_groups} {comparison.groups_are}s"
    title = (
        f"Differences on {comparison.num_videos} {what}{over * (comparison.num_groups > 1)}\n"
        "right of 0 the upper of the two names is better, left of it the lower"
    )
    figure.suptitle(plain(title), fontsize=10)
    return png(figure, dots_per_inch=120)


def _draw(axes: "Axes", comparison: ModelComparison, measure: Measure) -> None:
    scale = 100 if measure.is_share else 1
    axes.axvline(0, color="#333333", linewidth=1)
    for place, pair in enumerate(comparison.pairs):
        found = pair.differences[measure.name]
        if math.isnan(found.value):
            axes.text(0, place, "no figure", ha="center", va="center", fontsize=8, color="#555555")
            continue
        is_clear = pair.verdict(measure.name) == "outside the noise"
        color = CLEAR_COLOR if is_clear else UNCLEAR_COLOR
        if not math.isnan(found.low):
            ends = [scale * found.low, scale * found.high]
            axes.plot(ends, [place, place], color=color, linewidth=2)
        axes.plot(
            [scale * found.value],
            [place],
            marker="o",
            color=color,
            markerfacecolor=color if is_clear else "white",
        )
    # Zero is in the middle, so that no small difference looks like a large one to one side.
    widest = max(abs(end) for end in axes.get_xlim())
    axes.set_xlim(-widest, widest)
    unit = "points" if measure.is_share else "frames"
    axes.set_title(measure.title, fontsize=10)
    axes.set_xlabel(unit, fontsize=9)
    axes.tick_params(labelsize=8)
    axes.grid(axis="x", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    if measure.less_is_better:
        axes.invert_xaxis()
        axes.set_xlabel(f"{unit} (to the right is less)", fontsize=9)


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"...{name[3 - LONGEST_NAME :]}"
