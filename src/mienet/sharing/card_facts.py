"""What a model's card says of a run: counts, recipe and figures; no path, video or subject."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mienet.model_schema import is_of_recordings
from mienet.sharing.personal import Personal, count_groups
from mienet.yaml_files import read_yaml

LISTS = {"train.csv": "training", "val.csv": "validation"}
WORDS = {
    "model": ("backbone", "motion", "temporal", "consensus", "normalization"),
    "data": ("class_weights",),
    "train": ("optimizer", "schedule", "keep"),
    "trainer": ("precision",),
    "timeline": ("head",),
}
"""Options whose values are words of ours; other texts name files and are not told."""
CLIP_MEASURES = {"top1": "top-1", "mean_class_accuracy": "mean class accuracy"}
RECORDING_MEASURES = {
    "frame_accuracy": "frame accuracy",
    "edit_score": "edit score",
    "f1_50": "F1@50",
    "event_f1": "F1 of events",
}
"""What is told of an evaluation, as it is called in ``metrics.json`` and on the card."""
USUAL_VIEWS = {"clips": "center", "crops": "one"}
USUAL_READING = {
    **{"order": "learned", "minimum_seconds": 0.0, "threshold": 0.0, "event_threshold": None},
    **{"overlap": 0.5, "capture_fps": None},
}
"""Options of an evaluation of clips, and of recordings, that are told where they are others."""


@dataclass(frozen=True)
class ListFacts:
    """What is known of a run's list.

    Attributes:
        use: Training or validation.
        clips: How many clips are in it; None for recordings, of which there are ``videos``.
        videos: How many videos these are of.
        groups: How many subjects, or what else it was split by; 0 where that is not known.
        column: What these are.
    """

    use: str
    clips: int | None
    videos: int
    groups: int
    column: str


@dataclass(frozen=True)
class Figure:
    """One figure of an evaluation, from 0 to 1 as text in percent.

    Attributes:
        title: What is measured.
        value: Such as ``92.5 %``.
        interval: Such as ``80.1 to 97.4``; empty where there is none.
    """

    title: str
    value: str
    interval: str


@dataclass(frozen=True)
class EvaluationFacts:
    """One evaluation of the model as it is.

    Attributes:
        name: Of the list; empty where its name would name a subject.
        measured: How many clips or recordings.
        num_groups: How many groups the intervals are over; with one there are none.
        group: What a group is, such as ``subject``.
        guessing: The same accuracy without a model, in words.
        figures: What came out.
        warnings: What speaks against them.
        options: How it was evaluated, where that is not the usual way.
    """

    name: str
    measured: str
    num_groups: int
    group: str
    guessing: str
    figures: tuple[Figure, ...]
    warnings: tuple[str, ...]
    options: str


def read_record(run: Path) -> dict[str, Any]:
    """Returns what ``run.json`` says; nothing where there is none, as beside a converted model."""
    return _read_json(run / "run.json")


def list_facts(run: Path, record: Mapping[str, Any]) -> list[ListFacts]:
    """Returns the sizes of the lists that a run keeps."""
    column = record.get("group_by")
    found = []
    for name, use in LISTS.items():
        if (run / name).is_file():
            clips = record.get(f"{use}_clips")
            videos, grouped_by, groups = count_groups(run / name, column)
            found.append(ListFacts(use, clips, videos, groups, grouped_by))
    return found


def start_facts(record: Mapping[str, Any]) -> str:
    """Returns what the training started from, without the file's name."""
    if not record:
        return "unknown: the model has no record of its training"
    pretrained = record.get("pretrained")
    if not isinstance(pretrained, dict):
        return "random weights"
    start = str(pretrained.get("start"))
    told = start if start == "ImageNet" or start.startswith("hf:") else "a file of weights"
    loaded, new = len(pretrained.get("loaded") or ()), len(pretrained.get("new") or ())
    return f"{told} ({loaded} tensors taken over, {new} new)"


def recipe_facts(run: Path) -> dict[str, dict[str, Any]]:
    """Returns the options of a run's ``config.yaml`` that are numbers, switches or our words."""
    try:
        recipe = read_yaml(run / "config.yaml")
    except (OSError, ValueError):
        return {}
    found: dict[str, dict[str, Any]] = {}
    for group, options in recipe.items() if isinstance(recipe, dict) else ():
        told = {
            name: value
            for name, value in (options or {}).items()
            if _is_number_or_switch(value) or (name in WORDS.get(group, ()))
        }
        if told:
            found[group] = told
    return found


def _is_number_or_switch(value: Any) -> bool:
    if isinstance(value, list):
        return bool(value) and all(map(_is_number_or_switch, value))
    return isinstance(value, bool | int | float)


def evaluation_facts(
    run: Path, digest: str, description: Mapping[str, Any], personal: Personal
) -> list[EvaluationFacts]:
    """Returns the evaluations in a run's folder of the model as it is, and of no other beside it.

    Args:
        run: The run's folder.
        digest: SHA-256 of the model's file; evaluations of another one are not told.
        description: What that file says of the model.
        personal: What must not be told.
    """
    found = []
    for path in sorted(run.glob("evaluation/*/metrics.json")):
        metrics = _read_json(path)
        measured = [model.get("sha256") for model in metrics.get("models") or []]
        if (measured or [metrics.get("model")]) == [digest]:
            name = _list_name(path.parent.name, personal)
            if is_of_recordings(description):
                found.append(_of_recordings(metrics, name))
            else:
                found.append(_of_clips(metrics, name, description["clip_format"]))
    return found


def outdated_evaluations(run: Path, told: int) -> int:
    """Returns how many evaluations in a run's folder are not told: of other weights, or several."""
    return len(list(run.glob("evaluation/*/metrics.json"))) - told


def _of_clips(
    metrics: Mapping[str, Any], name: str, clip_format: Mapping[str, Any]
) -> EvaluationFacts:
    intervals = {"top1": metrics.get("top1_interval")}
    own = {size: clip_format[size] for size in ("short_side", "crop_size")}
    share = metrics.get("commonest_class_share")
    return EvaluationFacts(
        name,
        f"{metrics.get('num_videos')} clips",
        int(metrics.get("num_groups") or 0),
        str(metrics.get("interval_over")),
        f"always the commonest class: {_percent(share)} top-1" if share is not None else "",
        tuple(_figures(metrics, CLIP_MEASURES, intervals)),
        tuple(map(str, metrics.get("warnings") or ())),
        _evaluated_with({**metrics["models"][0], **metrics}, USUAL_VIEWS | own),
    )


def _of_recordings(metrics: Mapping[str, Any], name: str) -> EvaluationFacts:
    share = metrics.get("commonest_label_share")
    tolerance = metrics.get("tolerance_frames")
    said = [f"Events count within {tolerance} frames."] * (tolerance is not None)
    said.append(_evaluated_with(metrics.get("options") or {}, USUAL_READING))
    return EvaluationFacts(
        name,
        f"{metrics.get('num_recordings')} recordings, {metrics.get('num_frames')} frames",
        int(metrics.get("num_groups") or 0),
        str(metrics.get("interval_over")),
        f"always the commonest label: {_percent(share)} frame accuracy"
        if share is not None
        else "",
        tuple(_figures(metrics, RECORDING_MEASURES, metrics.get("intervals") or {})),
        tuple(map(str, metrics.get("warnings") or ())),
        " ".join(filter(None, said)),
    )


def _evaluated_with(given: Mapping[str, Any], usual: Mapping[str, Any]) -> str:
    """Returns the options of an evaluation that are not the usual ones, as a sentence."""
    others = [
        f"{name} {given[name]}"
        for name, value in usual.items()
        if given.get(name) not in (None, value)
    ]
    return f"Evaluated with {', '.join(others)}." if others else ""


def _figures(
    metrics: Mapping[str, Any], titles: Mapping[str, str], intervals: Mapping[str, Any]
) -> list[Figure]:
    found = []
    for key, title in titles.items():
        if isinstance(value := metrics.get(key), int | float):
            ends = intervals.get(key)
            told = f"{100 * ends[0]:.1f} to {100 * ends[1]:.1f}" if ends else ""
            found.append(Figure(title, _percent(value), told))
    return found


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def _list_name(name: str, personal: Personal) -> str:
    return "" if personal.names_subject(name) else name


def _read_json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
