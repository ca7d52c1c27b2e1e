"""The parts of which reports are made: a page for any browser, tables, histograms, pictures."""

import base64
import html
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from mienet.curation.groups import shared_groups, verdict
from mienet.curation.probe import Probe
from mienet.files import write_whole

COLORS = ("#3b6ea5", "#e0a030", "#5fa55a")
"""Of training, validation and test."""
MOST_OPEN_GROUPS = 20
"""Groups of a split that are seen at once."""

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


def write_page(path: Path, title: str, parts: Sequence[str]) -> None:
    """Writes a page that needs no other file.

    Args:
        path: The page.
        title: Its heading.
        parts: HTML below it.
    """
    name = html.escape(title)
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{name}</title><style>{STYLE}</style><body><h1>{name}</h1>{''.join(parts)}"
        "</body></html>\n"
    )
    write_whole(path, page)


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Returns a table, whose columns of numbers are set to the right."""
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


def image(content: bytes, kind: str, form: str = "png") -> str:
    """Returns a picture of a class of the page's style, with its content in it."""
    data = base64.b64encode(content).decode("ascii")
    return f'<img class="{kind}" src="data:image/{form};base64,{data}" alt="">'


def histogram(values: Sequence[float], name: str, count: str = "") -> str:
    """Returns a picture of how often which values occur.

    Args:
        values: What is counted.
        name: What it is, with its unit.
        count: What is told on the other axis; empty where it is clear.
    """
    return image(_histogram_png(values, name, count), "plot")


def _histogram_png(values: Sequence[float], name: str, count: str) -> bytes:
    """Returns a picture as wide as a phone's page, so that its letters stay readable there."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(3.3, 2.2), layout="constrained")
    axes = figure.add_subplot()
    least, most = min(values), max(values)
    alike = most - least < 0.01 * abs(most)  # no bins of a thousandth of a frame
    limits = (0.9 * least, 1.1 * most) if alike else (least, most)
    axes.hist(values, bins=30, range=limits, color=COLORS[0])
    axes.set_xlabel(name)
    axes.set_ylabel(count)
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.ticklabel_format(axis="x", useOffset=False, style="plain")
    axes.spines[["top", "right"]].set_visible(False)
    content = io.BytesIO()
    figure.savefig(content, dpi=110, metadata={"Software": None})
    return content.getvalue()


def group_table(
    group_by: str | None, groups: Mapping[str, Mapping[str, int]], *, what: str = "clips"
) -> str:
    """Returns which groups are in which split; nothing if it was not split by groups.

    Args:
        group_by: What the groups are, such as ``athlete``.
        groups: How much of each there is, by split and group.
        what: What is counted.
    """
    if not groups:
        return ""
    rows = [
        [name, len(held), ", ".join(f"{group} ({clips})" for group, clips in held.items())]
        for name, held in groups.items()
    ]
    says, title = verdict(group_by, groups), html.escape(f"{what.capitalize()} of every {group_by}")
    kind = "bad" if shared_groups(groups) else "good"
    many = max(len(held) for held in groups.values()) > MOST_OPEN_GROUPS
    rows_shown = table(["split", "number", f"{group_by} ({what})"], rows)
    if many:
        rows_shown = f"<details><summary>all of them</summary>{rows_shown}</details>"
    counts = ", ".join(f"{name} {len(held)}" for name, held in groups.items())
    return (
        f'<h2>{title}</h2><p class="{kind}">{html.escape(says[:1].upper() + says[1:])}: '
        f"{html.escape(counts)}.</p>{rows_shown}"
    )


def kinds_table(probes: Mapping[str, Probe]) -> str:
    """Returns the kinds of video files, and how many there are of each."""
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
    return table(head, rows)
