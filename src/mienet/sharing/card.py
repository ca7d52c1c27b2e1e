"""A model's card: the page of a hub about it, filled from its run."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from mienet.escaping import shown
from mienet.model_schema import is_of_recordings
from mienet.sharing.card_facts import (
    EvaluationFacts,
    list_facts,
    read_record,
    recipe_facts,
    start_facts,
)

TEMPLATE = "card.md.j2"
FEW_GROUPS = 20


def card_text(
    run: Path,
    description: Mapping[str, Any],
    evaluations: Sequence[EvaluationFacts],
    *,
    repository: str,
    license: str,
    about: str,
    exported: Sequence[str],
    has_known_clips: bool,
    version: str,
) -> str:
    """Returns the card, Markdown with the hub's entries before it.

    Args:
        run: The run's or model's folder.
        description: Of the model's file.
        evaluations: Of the model as it is.
        repository: ``USER/MODEL``.
        license: The hub's name of a license.
        about: What its owner says of it, Markdown; may be empty.
        exported: Folders of exported models beside it.
        has_known_clips: Whether features of training clips are in its file.
        version: Of mienet.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    of_recordings = is_of_recordings(description)
    record, recipe = read_record(run), recipe_facts(run)
    lists = list_facts(run, record)
    pages = Environment(
        loader=PackageLoader("mienet", "sharing"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    pages.filters["text"] = _as_text
    return pages.get_template(TEMPLATE).render(
        about=about.strip(),
        class_counts=record.get("training_clips_per_class") or {},
        command="timeline" if of_recordings else "predict",
        evaluations=evaluations,
        exported=exported,
        has_known_clips=has_known_clips,
        input=_input(description),
        kept_apart_by=record.get("group_by"),
        labels=_labels(description),
        license=license,
        limits=_limits(evaluations, of_recordings, has_known_clips),
        lists=lists,
        of_recordings=of_recordings,
        recipe=yaml.safe_dump(recipe, sort_keys=False, allow_unicode=True) if recipe else "",
        repository=repository,
        seed=record.get("seed"),
        start=start_facts(record),
        summary=_summary(description),
        use=_use(of_recordings),
        version=version,
        versions=record.get("versions") or {},
    )


def _as_text(value: object) -> str:
    """Returns a text that Markdown and HTML show as it is."""
    escaped = re.sub(r"([\\`*_\[\]#|])", r"\\\1", shown(value))
    return escaped.replace("&", "&amp;").replace("<", "&lt;")


def _labels(description: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    if is_of_recordings(description):
        return [("phases", description["phases"]), ("events", description["events"])]
    return [("classes", description["classes"])]


def _summary(description: Mapping[str, Any]) -> str:
    network = description["network"]
    parts = f"{network['backbone']}, motion {network['motion']}, temporal {network['temporal']}"
    if is_of_recordings(description):
        return f"Finds phases and events in whole recordings. Network: {parts}, {network['head']}."
    return f"Recognizes the action in a video clip. Network: {parts}."


def _input(description: Mapping[str, Any]) -> str:
    if is_of_recordings(description):
        reading = description["recording_format"]
        return (
            f"windows of {reading['num_segments']} positions, {reading['stride']} frames apart, at "
            f"{reading['frames_per_second']:g} frames per second, {reading['frames_per_segment']} "
            f"frame(s) at each, {reading['crop_size']} pixels square"
        )
    reading = description["clip_format"]
    length, stride = reading["frames_per_segment"], reading.get("frame_stride", 1)
    apart = f", {stride} apart" if length > 1 and stride > 1 else ""
    return (
        f"{reading['num_segments']} segments of a clip, {length} frame(s) each{apart}, "
        f"{reading['crop_size']} pixels square"
    )


def _use(of_recordings: bool) -> str:
    what = "phases and events in recordings" if of_recordings else "these actions in clips"
    return (
        f"Recognizing {what} that were filmed like those of its training: the same movements, a "
        "similar camera and distance."
    )


def _limits(
    evaluations: Sequence[EvaluationFacts], of_recordings: bool, has_known_clips: bool
) -> list[str]:
    """Returns what the model does not do, as far as its run tells."""
    found = []
    if of_recordings:
        found.append("It knows no other phases and events, and names the likeliest of its own.")
    elif has_known_clips:
        found.append(
            "It names the likeliest of its classes whatever it is shown; with --error-rate it says "
            'that a clip is unlike those of its training ("none of these").'
        )
    else:
        found.append(
            "It names the likeliest of its classes whatever it is shown, and cannot tell that a "
            "clip is of none of them."
        )
    if not evaluations:
        found.append("Nothing was measured with it: how often it is right is not known.")
    elif all(one.warnings for one in evaluations):
        found.append("No list without a reservation was measured: see the notes below the figures.")
    most_groups = max((one.num_groups for one in evaluations), default=0)
    if most_groups == 1:
        found.append("It was measured on one group of videos, which says nothing of others.")
    elif 1 < most_groups < FEW_GROUPS:
        found.append(
            f"It was measured on at most {most_groups} groups, so the intervals are rather too "
            "narrow."
        )
    found.append(
        "On other people, cameras, places or movements than those of its training it may be wrong "
        "more often than the figures say."
    )
    return found
