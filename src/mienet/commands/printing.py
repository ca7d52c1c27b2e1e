"""What people read on a terminal: names shown harmlessly, in whatever the terminal can show."""

import io
import math
import os
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mienet.escaping import shown as shown

if TYPE_CHECKING:
    from mienet.workflows.evaluate_recordings import Figure

CLOSED_PIPE_CODE = 141
"""128 + SIGPIPE: what a shell reports of a program whose reader has left, as ``head`` does."""


def shown_lines(text: object) -> str:
    """Returns a text as ``shown`` does, but keeps its line breaks and tabs."""
    return re.sub(r"[^\n\t]+", lambda part: shown(part[0]), str(text))


def shown_message(text: object) -> str:
    """Returns an error's message as ``shown`` does, its further lines being indented ones.

    A line break that no space follows is not the message's own, but one of a name in it.
    """
    return "\n".join(map(shown, re.split(r"\n(?=  )", str(text))))


def say(text: object = "") -> None:
    """Prints what a command has to say."""
    print(shown_lines(text), flush=True)


def note(text: object) -> None:
    """Prints a remark to standard error, as standard output may be for programs."""
    sys.stderr.write(f"note: {shown_lines(text)}\n")


def complain(problem: object) -> None:
    """Prints an error to standard error."""
    sys.stderr.write(f"mienet: error: {shown_message(problem)}\n")


def percent(value: float) -> str:
    """Returns a share in percent; a dash for NaN, where there was nothing to measure."""
    return "-" if math.isnan(value) else f"{value:.1%}"


def share_text(figure: "Figure") -> str:
    """Returns a share with its interval, such as "75.0% (50.0 to 100.0)", if it has one."""
    if math.isnan(figure.low):
        return percent(figure.value)
    return f"{figure.value:.1%} ({100 * figure.low:.1f} to {100 * figure.high:.1f})"


def number_text(value: float, digits: int = 2) -> str:
    """Returns a figure with so many digits; a dash for NaN, where there was nothing to measure."""
    return "-" if math.isnan(value) else f"{value:.{digits}f}".removesuffix(".00")


def frames_text(value: float) -> str:
    """Returns a mean number of frames, such as "1.50 frames" and "1 frame"."""
    return f"{number_text(value)} frame{'s' * (value != 1)}"


def aligned(rows: Iterable[list[str]]) -> Iterator[str]:
    """Yields the lines of a table; the first column to the left, the others below their titles."""
    table = list(rows)
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        cells = [f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)]
        yield "  ".join(cells).rstrip()


@contextmanager
def readable_output() -> Iterator[None]:
    """Prints to any terminal or pipe while it lasts.

    A character that the terminal's encoding lacks (Windows' cp1252, LANG=C) is shown as an escape,
    since it is no reason to lose the results. A reader that leaves, such as ``head``, ends the
    program quietly.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        try:
            yield
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except BrokenPipeError:
        _discard_output()
        raise SystemExit(CLOSED_PIPE_CODE) from None
    except OSError as error:  # of the last flush: a command's own errors are reported before
        _discard_output()
        complain(f"standard output: {(error.strerror or str(error)).lower()}")
        raise SystemExit(1) from None


def _discard_output() -> None:
    """Lets the interpreter flush what is left to nowhere, when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
