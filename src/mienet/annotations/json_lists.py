"""Annotations in JSON, with the line of what is wrong: broken, too deep, of another shape."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from mienet.annotations.records import AnnotationError
from mienet.annotations.tables import read_text


def refuse_json(path: Path, first_line: str) -> None:
    """Raises an error for JSON in a list's place, told by its first line.

    Raises:
        AnnotationError: If it is JSON.
    """
    if first_line.lstrip().startswith(("[", "{")):
        problem = (
            f"{path}:1: JSON of no known form: neither of a program for annotations, such as Label "
            "Studio or VIA, nor ActivityNet's (docs/annotations.md lists all); a published dataset "
            "is read by its name: mienet prepare FORMAT"
        )
        raise AnnotationError("no list", [problem])


def read_json(path: Path) -> Any:
    """Returns the content of a JSON file.

    Raises:
        AnnotationError: If it is no JSON, or nested too deeply, with the line.
    """
    return parse_json(path, read_text(path))


def parse_json(path: Path, text: str, *, parse_float: Callable[[str], Any] = float) -> Any:
    """Returns the content of a JSON file's text.

    Args:
        path: The file, for messages.
        text: What stands in it.
        parse_float: Makes a number of the text of one with decimals.

    Raises:
        AnnotationError: If it is no JSON, or nested too deeply, with the line.
    """
    decoder = json.JSONDecoder(parse_float=parse_float)
    content, end = _decode(path, text, len(text) - len(text.lstrip()), decoder)
    if rest := text[end:].lstrip():
        line = text.count("\n", 0, len(text) - len(rest)) + 1
        raise AnnotationError("bad JSON", [f"{path}:{line}: more behind the end: {rest[:20]!r}"])
    return content


def read_json_entries(path: Path) -> Iterator[tuple[int, Any]]:
    """Yields the entries of a JSON list with the lines at which they begin.

    Raises:
        AnnotationError: If it is no JSON list, or nested too deeply, with the line.
    """
    text = read_text(path)
    decoder = json.JSONDecoder()
    space = re.compile(r"[\s,]*")
    start = re.match(r"\s*\[", text)
    if start is None:
        raise AnnotationError("bad JSON", [f"{path}:1: expected a list: [...]"])
    position, line, counted = start.end(), 1, 0
    while True:
        position = space.match(text, position).end()  # type: ignore[union-attr]
        if text[position : position + 1] == "]":
            return
        line, counted = line + text.count("\n", counted, position), position
        entry, position = _decode(path, text, position, decoder)
        yield line, entry


def read_label_numbers(path: Path) -> list[str]:
    """Returns the names of a JSON object from names to numbers, in the numbers' order.

    Raises:
        AnnotationError: If it is no such object, or the numbers are not 0, 1, ..., each once.
    """
    try:
        content = {str(k): int(v) for k, v in read_json(path).items()}
    except AnnotationError:
        raise
    except (ValueError, AttributeError, TypeError, OverflowError) as error:
        problem = f"{path}: not an object from names to numbers: {error}"
        raise AnnotationError("bad labels", [problem]) from error
    if sorted(content.values()) != list(range(len(content))):
        problem = f"{path}: the numbers are not 0 to {len(content) - 1}, each once"
        raise AnnotationError("bad labels", [problem])
    return sorted(content, key=lambda name: content[name])


def _decode(path: Path, text: str, position: int, decoder: json.JSONDecoder) -> tuple[Any, int]:
    """Returns the value that begins at a position, and where it ends."""
    try:
        return decoder.raw_decode(text, position)
    except json.JSONDecodeError as error:
        what = f"{path}:{error.lineno}: {error.msg}, column {error.colno}"
    except RecursionError:
        what = f"{path}:{text.count(chr(10), 0, position) + 1}: nested too deeply"
    except ValueError as error:  # a number with thousands of digits
        what = f"{path}:{text.count(chr(10), 0, position) + 1}: {error}"
    raise AnnotationError("bad JSON", [what])
