"""In which order labels were first seen in a folder: their number keys and colors stay the same.

Neither a label that somebody adds in an earlier video nor a model with names of its own changes the
numbers and colors that fingers and eyes have learned.
"""

import contextlib
import json
import threading
from collections.abc import Iterable
from typing import Any

from mienet.files import write_whole
from mienet.rendering.phase_colors import PHASE_COLORS
from mienet.server.places import Places

PHASE, EVENT = "phase", "event"


class LabelOrder:
    """The labels of one folder, in the order in which they were first seen.

    Args:
        places: Where the server keeps what it keeps.
    """

    def __init__(self, places: Places) -> None:
        self._file = places.label_order
        self._lock = threading.Lock()

    def take(self, labels: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """Returns all labels that there ever were, with those that are new behind them.

        Args:
            labels: The kind, ``PHASE`` or ``EVENT``, and the name of each label that there is now.

        Raises:
            OSError: If new ones cannot be noted.
        """
        with self._lock:
            before = self._read()
            found = list(dict.fromkeys([*before, *labels]))
            if found != before:
                write_whole(self._file, json.dumps(found, ensure_ascii=False, indent=1) + "\n")
        return found

    def rename(self, kind: str, label: str, to: str) -> None:
        """Lets a label keep its place under another name, unless that has one already.

        Raises:
            OSError: If it cannot be noted.
        """
        with self._lock:
            found = [(kind, to) if one == (kind, label) else one for one in self._read()]
            text = json.dumps(list(dict.fromkeys(found)), ensure_ascii=False, indent=1)
            write_whole(self._file, text + "\n")

    def _read(self) -> list[tuple[str, str]]:
        found: Any = []
        with contextlib.suppress(OSError, ValueError):  # not there yet, or broken by hand
            found = json.loads(self._file.read_text(encoding="utf-8"))
        try:
            return [(str(kind), str(name)) for kind, name in found if kind in (PHASE, EVENT)]
        except (TypeError, ValueError):
            return []


def colors_of(labels: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Returns a color for every name of a folder's labels, by their order.

    >>> colors_of([("phase", "run"), ("event", "land"), ("event", "run")])
    {'run': '#4e79a7', 'land': '#f28e2b'}
    """
    names = dict.fromkeys(name for _, name in labels)
    return {name: PHASE_COLORS[place % len(PHASE_COLORS)] for place, name in enumerate(names)}
