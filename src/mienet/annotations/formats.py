"""What an annotation format is to the rest: how to tell its files, and how to read one.

Their names are in ``extensions.py``; a new one, such as another program's project files, is a file
with an ``AnnotationFormat``, and a line there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from mienet.annotations.records import Annotations
from mienet.annotations.tables import read_start
from mienet.extensions import ANNOTATION_FORMATS, find


class ReadAnnotations(Protocol):
    """Reads one file of a format; see ``readers.read_annotations`` for arguments and errors."""

    def __call__(
        self,
        path: Path,
        *,
        root: Path | None = None,
        classes: Sequence[str] | None = None,
        must_exist: bool = True,
        labeled: bool = True,
    ) -> Annotations:
        """Returns the clips that the file at ``path`` names."""


@dataclass(frozen=True)
class AnnotationFormat:
    """A form in which people and programs write down what videos show.

    Attributes:
        looks_like: Whether a file is of this format, by its name and the beginning of its text: at
            most 65,536 bytes, what is no text replaced.
        read: Reads it; a clip is a record, of a whole video or from ``start_seconds`` to
            ``end_seconds``.
    """

    looks_like: Callable[[str, str], bool]
    read: ReadAnnotations


def find_format(path: Path) -> AnnotationFormat:
    """Returns the format of a file; what no other format recognizes is a plain list.

    Raises:
        OSError: If it cannot be read.
    """
    start = read_start(path)
    formats: list[AnnotationFormat] = [
        find("annotation format", ANNOTATION_FORMATS, name) for name in reversed(ANNOTATION_FORMATS)
    ]
    return next(found for found in formats if found.looks_like(path.name, start))
