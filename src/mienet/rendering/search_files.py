"""The files of a search.

search/search.csv     a row a training: what was chosen, its score, how it ended
search/search.md      the same to read, with what the test says
search/search.png     the scores in order, and by what was chosen
"""

from numbers import Real
from typing import TYPE_CHECKING

from mienet.files import write_whole
from mienet.rendering.plots import plain, png
from mienet.rendering.search import SearchRow, SearchTable
from mienet.rendering.spreadsheet import write_table
from mienet.rendering.sweep_files import markdown, markdown_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DONE_COLOR = "#1f5fa8"
STOPPED_COLOR = "#999999"
BEST_COLOR = "#c25a00"
COLUMNS = 3
LOG_SPAN = 20
"""How many times the least number the largest is from where an axis is drawn logarithmically."""


def write_search(table: SearchTable) -> None:
    """Writes all files to the search's folder, each whole or not at all.

    Raises:
        OSError: If one cannot be written, with its name.
    """
    write_table(table.folder / "search.csv", table.rows())
    write_whole(table.folder / "search.md", search_markdown(table))
    write_whole(table.folder / "search.png", png(_figure(table), dots_per_inch=120))


def search_markdown(table: SearchTable) -> str:
    """Returns the table, what a reader has to know of it, and the test, as Markdown."""
    failed = "".join(f"- {problem.splitlines()[0]}\n" for problem in table.problems)
    parts = [
        markdown_table(table.cells()),
        " ".join(table.sentences()),
        f"Failed or not done:\n\n{failed}" if failed else "",
        f"## Test\n\n{markdown(table.test)}" if table.test else "",
        f"To train with what was found:\n\n    {table.command}\n" if table.best else "",
    ]
    return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"


def _figure(table: SearchTable) -> "Figure":
    """Returns the scores in order, and a panel of them by each axis."""
    from matplotlib.figure import Figure

    num_rows = -(-len(table.axes) // COLUMNS)
    figure = Figure(figsize=(8, 2.8 + 2.2 * num_rows), layout="constrained")
    grid = figure.add_gridspec(1 + num_rows, COLUMNS)
    first = figure.add_subplot(grid[0, :])
    _draw(first, table, [(row, row.number) for row in table.trials])
    done = [row for row in table.trials if row.state == "done" and row.score is not None]
    best = [max(100 * (one.score or 0) for one in done[: at + 1]) for at in range(len(done))]
    first.step([row.number for row in done], best, where="post", color=BEST_COLOR, linewidth=1)
    first.set_xlabel("training", fontsize=9)
    first.set_title("Orange: the best so far. Hollow: stopped early, by its last score", fontsize=9)
    for at, axis in enumerate(table.axes):
        axes = figure.add_subplot(grid[1 + at // COLUMNS, at % COLUMNS], sharey=first)
        values = [row.chosen[axis] for row in table.trials]
        numbers = [float(value) for value in values if isinstance(value, Real)]
        if len(numbers) == len(values):
            _draw(axes, table, list(zip(table.trials, numbers, strict=True)))
            if min(numbers) > 0 and max(numbers) > LOG_SPAN * min(numbers):
                axes.set_xscale("log")
        else:
            names = list(dict.fromkeys(map(str, values)))
            places = [names.index(str(value)) for value in values]
            _draw(axes, table, list(zip(table.trials, places, strict=True)))
            axes.set_xticks(range(len(names)), [*map(plain, names)])
            axes.set_xlim(-0.5, len(names) - 0.5)
        axes.set_xlabel(axis, fontsize=9)
    return figure


def _draw(axes: "Axes", table: SearchTable, places: list[tuple[SearchRow, float]]) -> None:
    """Draws the score of each training at a place; those without a score are left out."""
    for row, place in places:
        if row.score is None:
            continue
        color = BEST_COLOR if row.number == table.best else DONE_COLOR
        is_done = row.state == "done"
        axes.plot(
            [place],
            [100 * row.score],
            marker="o",
            markersize=5,
            color=color if is_done else STOPPED_COLOR,
            markerfacecolor=color if is_done else "white",
        )
    axes.set_ylabel("score, %", fontsize=9)
    axes.grid(color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8)
