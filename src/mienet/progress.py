"""Whether progress is shown as bars: in a terminal or notebook, not in files and pipes.

A bar in a file is thousands of carriage returns, and hides what else stands there.
"""

import sys
from collections.abc import Iterable
from typing import Any, TextIO

from tqdm import tqdm

DELAY_SECONDS = 2
"""What takes less shows no bar."""


def shows_bars(stream: TextIO | None) -> bool:
    """Returns whether somebody watches a stream as it is written."""
    return stream is not None and (stream.isatty() or "ipykernel" in sys.modules)


def progress_bar(
    items: Iterable[Any] | None = None,
    *,
    description: str,
    unit: str,
    total: int | None = None,
    already_done: int = 0,
    shown: bool = True,
) -> "tqdm[Any]":
    """Returns a bar on standard error, to iterate over or to update; none where none is watched.

    Args:
        items: What is worked on; None for a bar that is updated by hand.
        description: What is done, in front of the bar.
        unit: One of the items.
        total: Their number, if ``items`` does not tell.
        already_done: Items of earlier runs.
        shown: Whether there is to be a bar at all.
    """
    return tqdm(
        items,
        desc=description,
        unit=unit,
        total=total,
        initial=already_done,
        delay=DELAY_SECONDS,
        disable=not (shown and shows_bars(sys.stderr)),
    )
