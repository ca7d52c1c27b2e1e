"""Praat's ``.TextGrid``: tiers of intervals, which cover the whole time, and of points.

https://www.fon.hum.uva.nl/praat/manual/TextGrid_file_formats.html. Praat reads numbers, texts in
quotes and flags that stand free, and skips all else, so that the long and the short form are one.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from mienet.annotations.records import AnnotationError
from mienet.labeling.timeline_formats import TimelineFormat
from mienet.labeling.timeline_reading import Reading, as_written

_TOKEN = re.compile(r'"(?:[^"]|"")*"|![^\n\r]*|<\w+>|\S+')
_NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d*)?(?:[eE][-+]?\d+)?")


class _Token(NamedTuple):
    text: str
    line: int


def looks_like_textgrid(name: str, start: str) -> bool:
    """Returns whether a file is a TextGrid."""
    return name.endswith(".textgrid") or ("ooTextFile" in start[:100] and "TextGrid" in start[:200])


def read_textgrid(reading: Reading) -> None:
    """Adds all tiers to the video that is called as the file is; empty intervals are gaps.

    Raises:
        AnnotationError: If it is binary, no TextGrid, or ends too early.
    """
    if reading.content().startswith(b"ooBinaryFile"):
        problem = f"{reading.path}: a binary TextGrid; in Praat, save it as a text file"
        raise AnnotationError("unreadable list", [problem])
    video = reading.video(reading.path.stem)
    tokens = _tokens(reading.text())
    try:
        while next(tokens).text not in ('"TextGrid"', "TextGrid"):
            pass
        _, end = _number(tokens), _number(tokens)
        video.duration_seconds = float(end)
        if next(tokens).text != "<exists>":
            return
        for _ in range(int(_number(tokens))):
            kind, tier = _text(tokens)[0], _text(tokens)[0]
            _, _, count = _number(tokens), _number(tokens), int(_number(tokens))
            before = Decimal("-Infinity")
            for number in range(1, count + 1):
                start = _number(tokens)
                stop = _number(tokens) if kind == "IntervalTier" else None
                label, line = _text(tokens)
                source = reading.at(line, f"number {number} of tier {tier!r}")
                if stop is not None and start < before:
                    reading.problem(source, f"overlaps the one before it, which ends at {before} s")
                before = before if stop is None else stop
                if label.strip() or stop is None:
                    video.add(label, start, stop, source, tier=tier)
        if (more := next(tokens, None)) is not None:
            what = "goes on behind the numbers of tiers and intervals that it says; correct them"
            reading.problem(reading.at(more.line), what)
    except StopIteration:
        raise AnnotationError("bad TextGrid", [f"{reading.path}: ends too early"]) from None


def _tokens(text: str) -> Iterator[_Token]:
    """Yields numbers, texts with their quotes, and flags."""
    line, counted = 1, 0
    for match in _TOKEN.finditer(text.replace("\r\n", "\n").replace("\r", "\n")):
        line, counted = line + match.string.count("\n", counted, match.start()), match.start()
        token = match[0]
        if token[0] in '"<' or _NUMBER.fullmatch(token) or token == "TextGrid":
            yield _Token(token, line)


def _number(tokens: Iterator[_Token]) -> Decimal:
    token = next(tokens)
    if not _NUMBER.fullmatch(token.text):
        raise ValueError(f"line {token.line}: expected a number, found {token.text[:40]}")
    return as_written(token.text.replace(",", "."))


def _text(tokens: Iterator[_Token]) -> tuple[str, int]:
    token = next(tokens)
    if not token.text.startswith('"'):
        raise ValueError(f"line {token.line}: expected a text in quotes, found {token.text[:40]}")
    return token.text[1:-1].replace('""', '"'), token.line


TEXTGRID = TimelineFormat("a TextGrid of Praat", looks_like_textgrid, read_textgrid)
