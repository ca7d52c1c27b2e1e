"""The files of a sweep.

sweep/table.csv            a row a variant, with all figures
sweep/table.md             the same to read, and to put into a document
sweep/sweep.png            the main figure of all variants, with intervals
sweep/learning_curve.png   the main figure by how many videos were learned from, if that varies
"""

import math
from typing import TYPE_CHECKING

import numpy as np

from mienet.files import write_whole
from mienet.rendering.plots import plain, png
from mienet.rendering.spreadsheet import write_table
from mienet.rendering.sweep import SweepTable
from mienet.sweeps.learning_curve import learning_curves

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CLEAR_COLOR = "#1f5fa8"
UNCLEAR_COLOR = "#777777"


def write_sweep(table: SweepTable) -> None:
    """Writes all files to the sweep's folder, each whole or not at all.

    Raises:
        OSError: If one cannot be written, with its name.
    """
    out = table.folder
    write_table(out / "table.csv", table.rows())
    write_whole(out / "table.md", markdown(table))
    write_whole(out / "sweep.png", png(_variants_figure(table), dots_per_inch=120))
    curve = out / "learning_curve.png"
    if table.has_parts:
        write_whole(curve, png(_curve_figure(table), dots_per_inch=120))
    else:
        curve.unlink(missing_ok=True)


def markdown(table: SweepTable) -> str:
    """Returns the table and what a reader has to know of it, as Markdown."""
    text = markdown_table(table.cells())
    missing = "".join(f"- {problem.splitlines()[0]}\n" for problem in table.problems)
    told = f"\nFailed or not done, and left out:\n\n{missing}" if missing else ""
    return f"{text}\n\n{' '.join(table.sentences())}\n{told}"


def markdown_table(cells: list[list[str]]) -> str:
    """Returns titles and rows as a table of Markdown."""
    titles, *rows = [[cell.replace("|", r"\|") for cell in row] for row in cells]
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in lines)


def _variants_figure(table: SweepTable) -> "Figure":
    """Returns a line for each variant: its main figure, and the interval."""
    from matplotlib.figure import Figure

    main = table.measures[0]
    figure = Figure(figsize=(7, 1.6 + 0.4 * len(table.variants)), layout="constrained")
    axes = figure.subplots()
    for place, variant in enumerate(table.variants):
        found = variant.figures[main.name]
        if math.isnan(found.value):
            axes.text(50, place, "no seed has all its folds", ha="center", va="center", fontsize=8)
            continue
        is_clear = table.verdict(variant) == "outside the noise"
        color = CLEAR_COLOR if is_clear or variant.name == table.reference else UNCLEAR_COLOR
        if not math.isnan(found.low):
            axes.plot([100 * found.low, 100 * found.high], [place, place], color=color, linewidth=2)
        face = color if is_clear else "white"
        axes.plot([100 * found.value], [place], marker="o", color=color, markerfacecolor=face)
    names = [plain(variant.name) for variant in table.variants]
    axes.set_yticks(range(len(names)), names, fontsize=9)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlim(0, 100)
    axes.set_xlabel(f"{main.title}, %, with 95 % intervals over {table.intervals_over}", fontsize=9)
    axes.set_title(
        plain(f"Filled: differs from {table.reference} by more than the noise"), fontsize=10
    )
    axes.grid(axis="x", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", labelsize=8)
    return figure


def _curve_figure(table: SweepTable) -> "Figure":
    """Returns the main figure by the number of training videos, a line for each other value."""
    from matplotlib.figure import Figure

    main = table.measures[0]
    figure = Figure(figsize=(7, 4.2), layout="constrained")
    axes = figure.subplots()
    curves = learning_curves(table.variants, main.name)
    for curve in curves:
        values, lows, highs = 100 * np.array([(f.value, f.low, f.high) for f in curve.figures]).T
        (line,) = axes.plot(curve.counts, values, marker="o", label=plain(curve.name))
        axes.fill_between(
            curve.counts, lows, highs, color=line.get_color(), alpha=0.12, linewidth=0
        )
    axes.set_xlabel(f"{table.kind} to learn from", fontsize=9)
    axes.set_ylabel(f"{main.title}, %", fontsize=9)
    axes.set_xlim(left=0)
    axes.set_ylim(0, 100)
    axes.set_title("What more labels would bring, with 95 % intervals", fontsize=10)
    axes.grid(color="#dddddd", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8)
    if len(curves) > 1:
        axes.legend(fontsize=9, frameon=False, loc="lower right")
    return figure
