"""What the labels of models are called, where they were renamed since the models were taught.

A label that is renamed in a folder is renamed in what the models say that there are then, or it
would come back with every prediction. A model that is taught later has the new name of its own.
"""

import json
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mienet.errors import MienetError, in_one_line
from mienet.files import write_whole
from mienet.labeling.timelines import AnnotatedVideo
from mienet.server.label_order import EVENT, PHASE
from mienet.server.models import Model
from mienet.server.places import Places
from mienet.timelines.result import Timeline

Names = Mapping[tuple[str, str], str]
"""What labels are called, by their kind and the name that a model has for them."""


class ModelLabels:
    """The names of one folder.

    Args:
        places: Where the server keeps what it keeps.
    """

    def __init__(self, places: Places) -> None:
        self._file = places.model_labels
        self._lock = threading.Lock()

    def of(self, model: Model) -> Names:
        """Returns what the labels of a model are called that were renamed.

        Raises:
            MienetError: If the file was broken by hand.
            OSError: If it cannot be read.
        """
        return self._read().get(model.key, {})

    def rename(self, models: Iterable[Model], kind: str, label: str, to: str) -> list[str]:
        """Gives a label another name in what models say, and returns the models that have it.

        Args:
            models: Those that there are.
            kind: "phase" or "event".
            label: What it was called until now.
            to: What it is called from now on; it may be another label of the model, and both are
                one then.

        Raises:
            MienetError: If the file was broken by hand.
            OSError: If it cannot be noted.
        """
        with self._lock:
            found = {key: dict(names) for key, names in self._read().items()}
            having = []
            for model in models:
                names = found.setdefault(model.key, {})
                own = model.phases if kind == PHASE else model.events
                renamed = [name for name in own if names.get((kind, name), name) == label]
                names.update({(kind, name): to for name in renamed})
                having += [model.name] * bool(renamed)
            if having:
                rows = {
                    key: [[which, own, shown] for (which, own), shown in names.items()]
                    for key, names in found.items()
                    if names
                }
                write_whole(self._file, json.dumps(rows, ensure_ascii=False, indent=1) + "\n")
        return having

    def _read(self) -> dict[str, Names]:
        try:
            found: Any = json.loads(self._file.read_text(encoding="utf-8"))
            return {
                key: {(kind, own): str(shown) for kind, own, shown in rows}
                for key, rows in found.items()
            }
        except FileNotFoundError:
            return {}
        except (AttributeError, TypeError, ValueError) as error:
            raise MienetError(
                f"{self._file} is broken ({in_one_line(error)}); correct or delete it: without it "
                "models call labels as they were taught"
            ) from error


def called(kind: str, labels: Iterable[str], names: Names) -> list[str]:
    """Returns what labels of a kind are called, each once.

    >>> called("phase", ["run", "walk", "sit"], {("phase", "run"): "walk"})
    ['walk', 'sit']
    """
    return list(dict.fromkeys(names.get((kind, label), label) for label in labels))


def with_names(content: AnnotatedVideo, names: Names) -> AnnotatedVideo:
    """Returns what a model says of a recording, with other names."""
    return replace(
        content,
        intervals=tuple(
            replace(one, label=names.get((PHASE, one.label), one.label))
            for one in content.intervals
        ),
        events=tuple(
            replace(one, label=names.get((EVENT, one.label), one.label)) for one in content.events
        ),
    )


def probabilities_with_names(timeline: Timeline, names: Names) -> Timeline:
    """Returns the probabilities of a recording, with other names.

    Of phases that have one name they are added, as only one is there at a time; of such events the
    largest is taken.
    """
    phases = [names.get((PHASE, label), label) for label in timeline.classes]
    events = [names.get((EVENT, label), label) for label in timeline.event_names]
    of_events = timeline.event_probabilities
    return replace(
        timeline,
        classes=list(dict.fromkeys(phases)),
        probabilities=_together(timeline.probabilities, phases, np.add),
        event_names=list(dict.fromkeys(events)),
        event_probabilities=(
            None if of_events is None else _together(of_events, events, np.maximum)
        ),
    )


def _together(
    values: NDArray[np.float32], labels: Sequence[str], how: np.ufunc
) -> NDArray[np.float32]:
    """Returns columns ``(N, L)`` as one for each label, in the order of their first ones."""
    columns = [
        how.reduce(values[:, np.array(labels) == one], axis=1) for one in dict.fromkeys(labels)
    ]
    return np.stack(columns, axis=1) if columns else values
