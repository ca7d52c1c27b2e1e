"""Which recordings and labels models are measured on: those that they know, and did not learn from.

Labels are renamed and added while models that do not know them are still used. What such a model
cannot find is left out of what it is measured on, and told: an event does not count, and the time
of a phase counts as if nobody had labeled it.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mienet.annotations.records import AnnotationError
from mienet.errors import MienetError
from mienet.files import write_whole
from mienet.labeling.timeline_formats import read_timelines
from mienet.labeling.timeline_tables import write_timeline_json
from mienet.labeling.timelines import AnnotatedVideo
from mienet.server.models import read_model
from mienet.server.places import Places

UNSEEN, LEARNED = "unseen.json", "learned.json"


@dataclass(frozen=True)
class EvaluationList:
    """What models are measured on.

    Attributes:
        path: The list.
        num_recordings: In it.
        left_out: Which labels are not measured, in words; empty if all are.
    """

    path: Path
    num_recordings: int
    left_out: str

    @property
    def is_unseen(self) -> bool:
        """Whether the models have learned from none of them."""
        return self.path.name == UNSEEN


def finished_labels(places: Places) -> tuple[AnnotatedVideo, ...]:
    """Returns the recordings whose labels are finished, with whole paths.

    Raises:
        MienetError: If there are none, or they cannot be used.
    """
    if not any(places.labels.glob("**/*.csv")):
        raise MienetError(
            "no recording has finished labels yet; label one and press Finished, then try again"
        )
    return read_timelines(places.labels, videos=places.videos).videos


def write_evaluation_list(
    labeled: Sequence[AnnotatedVideo], models: Sequence[Path], out: Path
) -> EvaluationList:
    """Writes the list that models are measured on, by the labels that all of them know.

    Args:
        labeled: The recordings to choose from, with whole paths.
        models: Folders of the models, none of which may have learned from a recording of it.
        out: Folder for the list: ``unseen.json``, or ``learned.json`` where one model has learned
            from all that is labeled.

    Raises:
        MienetError: If the models know none of the labels, or several models leave nothing to
            compare them on.
    """
    known = [read_model(path) for path in models]
    names = " and ".join(model.name for model in known)
    phases = set.intersection(*(set(model.phases) for model in known))
    events = set.intersection(*(set(model.events) for model in known))
    limited = [limited_to(video, phases, events) for video in labeled]
    # One where nothing happens says something; one with other labels alone says nothing.
    usable = [
        new for new, old in zip(limited, labeled, strict=True) if new.labels or not old.labels
    ]
    if not any(video.labels for video in usable):
        who = f"{names} {'knows' if len(known) == 1 else 'both know'}"
        raise MienetError(
            f"nothing can be measured, as no finished recording has a label that {who} "
            f"({_listed(phases | events) or 'none'}); teach a new model"
        )
    learned = {path for model in models for path in _learned(model)}
    chosen = [video for video in usable if os.path.realpath(video.path) not in learned]
    name = UNSEEN
    if not chosen and len(models) > 1:
        raise MienetError(
            "each finished recording was learned from by one of these models, which would win on "
            "it; label another recording that none of them has seen"
        )
    if not chosen:
        chosen, name = usable, LEARNED
    out.mkdir(parents=True, exist_ok=True)
    write_whole(out / name, write_timeline_json(chosen)["annotations.json"])
    paths = {video.path for video in chosen}
    unknown = _unknown([v for v in labeled if v.path in paths], phases, events)
    who = f"{names} does not know" if len(known) == 1 else f"{names} do not both know"
    left_out = f"{unknown} left out, which {who}" if unknown else ""
    return EvaluationList(out / name, len(chosen), left_out)


def limited_to(video: AnnotatedVideo, phases: set[str], events: set[str]) -> AnnotatedVideo:
    """Returns a recording without other labels; the time of other phases is unlabeled."""
    others = [mark for mark in video.intervals if mark.label not in phases]
    return replace(
        video,
        intervals=tuple(mark for mark in video.intervals if mark.label in phases),
        events=tuple(mark for mark in video.events if mark.label in events),
        unlabeled=(*video.unlabeled, *((mark.start_seconds, mark.end_seconds) for mark in others)),
    )


def _unknown(videos: Iterable[AnnotatedVideo], phases: set[str], events: set[str]) -> str:
    """Returns which labels of recordings are none of the known ones, in words."""
    found: dict[str, set[str]] = {"phase": set(), "event": set()}
    for video in videos:
        found["phase"] |= {mark.label for mark in video.intervals} - phases
        found["event"] |= {mark.label for mark in video.events} - events
    return " and ".join(
        f"the {kind}{'s' if len(names) > 1 else ''} {_listed(names)}"
        for kind, names in found.items()
        if names
    )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(repr, sorted(names)))


def _learned(model: Path) -> set[str]:
    """Returns the recordings that a run learned from; none where it does not say."""
    home = model.parent if model.is_file() else model
    train = home / "train.csv"
    if not train.is_file():
        return set()
    try:
        return {os.path.realpath(video.name) for video in read_timelines(train).videos}
    except AnnotationError:  # a run of clips
        return set()
