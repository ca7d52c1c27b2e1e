"""The problems on the report's page: a few rows of each kind, what they mean, the rest folded."""

import html
from collections.abc import Sequence

from mienet.curation.advice import ADVICE

GOOD = "Nothing wrong was found."
MOST_OPEN = 10
"""Rows of each kind that are seen at once; the others are folded, so that the charts stay near."""
MOST_ROWS = 1000
"""Rows of each kind on the page; all are in problems.csv."""


def problem_section(problems: Sequence[tuple[str, str, str]], verdict: str = GOOD) -> str:
    """Returns the part of the page on what is wrong.

    Args:
        problems: Kind, row and message of each, in order of their kinds.
        verdict: What to say where there are none.
    """
    if not problems:
        return f'<p class="good"><b>{html.escape(verdict)}</b></p>'
    by_kind: dict[str, list[str]] = {}
    for kind, _, message in problems:
        by_kind.setdefault(kind, []).append(message)
    parts = [f'<h2 class="bad">{len(problems):,} problem(s)</h2>']
    for kind, messages in by_kind.items():
        parts.append(f"<h3>{html.escape(kind)}: {len(messages):,}</h3>")
        if advice := ADVICE.get(kind):
            parts.append(
                f"<p><b>Training</b> {html.escape(advice.training)}. "
                f"<b>What to do:</b> {html.escape(advice.action)}.</p>"
            )
        parts.append(_rows(messages))
    return "".join(parts)


def _rows(messages: Sequence[str]) -> str:
    folded = messages[MOST_OPEN:MOST_ROWS]
    rest = ""
    if folded:
        more = len(messages) - MOST_ROWS
        last = f"<p>and {more:,} more, in problems.csv</p>" if more > 0 else ""
        summary = f"<summary>{len(messages) - MOST_OPEN:,} more</summary>"
        rest = f"<details>{summary}{_list(folded)}{last}</details>"
    return _list(messages[:MOST_OPEN]) + rest


def _list(messages: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{html.escape(message)}</li>' for message in messages)}</ul>"
