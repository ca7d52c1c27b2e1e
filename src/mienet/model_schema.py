"""What a model's file may say about it: one schema for ``model.safetensors`` and ``model.json``.

Such files come from strangers, and are read before anything is allocated or computed by them. All
that is wrong is returned in words: the key, its value, and what is accepted.
"""

import json
import math
import reprlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard, get_args

from mienet.extensions import (
    BACKBONES,
    ENGINES,
    HEADS,
    TEMPORAL_MODULES,
    Consensus,
    Motion,
    Normalization,
    Precision,
)

MOST_CLASSES = 1_000_000
MOST_SEGMENTS = 1_000
MOST_PIXELS_PER_SIDE = 8_192
MOST_CLIP_PIXELS = 2**27
"""Of all frames of a clip or window together: 8 segments of 4 frames at 2048 x 2048. Normalized
they take 1.6 GB."""
MOST_WIDTH = 8_192
LONGEST_NAME = 1_000
KNOWN_CLIPS_NAME = "known_clips.safetensors"
"""The file of an exported model of clips that clips are compared with, if it has one."""
LARGEST_TEXT_BYTES = 100_000_000
"""Of a description; a million names of a hundred characters."""


@dataclass(frozen=True)
class Rule:
    """What is accepted, as a test and in words."""

    accepts: Callable[[object], bool]
    words: str


def _whole(lowest: int, highest: int) -> Rule:
    # True is an int to Python, and no number to people.
    return Rule(
        lambda v: isinstance(v, int) and not isinstance(v, bool) and lowest <= v <= highest,
        f"a whole number from {lowest} to {highest}",
    )


def _one_of(names: Collection[str]) -> Rule:
    return Rule(lambda v: isinstance(v, str) and v in names, f"one of {', '.join(names)}")


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_share(value: object) -> bool:
    return _is_number(value) and 0 <= value <= 1  # not where it is NaN


def _is_rate(value: object) -> bool:
    return _is_number(value) and 0 < value <= 1e5


def _are_shares(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_share, value))


def _is_agreement(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    difference = value.get("familiarity_difference")  # all that is read of it
    return difference is None or (_is_number(difference) and 0 <= difference <= 10)


_OBJECT = Rule(lambda v: isinstance(v, dict), 'an object: {"key": value, ...}')
_LIST = Rule(lambda v: isinstance(v, list), "a list of names")
_TEXT = Rule(lambda v: isinstance(v, str) and len(v) <= LONGEST_NAME, "a text")
_TEXT_OR_NULL = Rule(lambda v: v is None or _TEXT.accepts(v), "a text or null")
_VERSION = _whole(1, 1_000_000)
_TEMPERATURE = Rule(_is_rate, "a number above 0, at most 100000")

NETWORK: dict[str, Rule] = {
    "num_classes": _whole(1, MOST_CLASSES),
    "backbone": _one_of(BACKBONES),
    "motion": _one_of(get_args(Motion)),
    "temporal": _one_of(TEMPORAL_MODULES),
    "num_segments": _whole(1, MOST_SEGMENTS),
    "dropout": Rule(_is_share, "a number from 0 to 1"),
    "consensus": _one_of(get_args(Consensus)),
    "shift_every": _whole(1, 100),
    "normalization": _one_of(get_args(Normalization)),
}
_READING: dict[str, Rule] = {
    "num_segments": _whole(1, MOST_SEGMENTS),
    "frames_per_segment": _whole(1, 4),
    "short_side": _whole(1, MOST_PIXELS_PER_SIDE),
    "crop_size": _whole(1, MOST_PIXELS_PER_SIDE),
    "deinterlace": Rule(lambda v: isinstance(v, bool), "true or false"),
}
CLIP_FORMAT: dict[str, Rule] = {**_READING, "frame_stride": _whole(1, MOST_SEGMENTS)}
NETWORK_OF_RECORDINGS: dict[str, Rule] = {
    "num_phases": _whole(0, MOST_CLASSES),
    "num_events": _whole(0, MOST_CLASSES),
    "head": _one_of(HEADS),
    "head_width": _whole(1, MOST_WIDTH),
    **{name: NETWORK[name] for name in ("backbone", "motion", "temporal", "num_segments")},
    **{name: NETWORK[name] for name in ("dropout", "shift_every", "normalization")},
}
RECORDING_FORMAT: dict[str, Rule] = {
    **_READING,
    "stride": _whole(1, MOST_SEGMENTS),
    "frames_per_second": Rule(_is_rate, "a number above 0, at most 100000"),
}
RECORDING_CHECKPOINT: dict[str, Rule] = {
    "version": _VERSION,
    "network": _OBJECT,
    "phases": _LIST,
    "events": _LIST,
    "recording_format": _OBJECT,
    "order": Rule(lambda v: v is None or isinstance(v, dict), "an object or null"),
    "event_thresholds": Rule(_are_shares, "a list of numbers from 0 to 1, one an event"),
    "temperature": _TEMPERATURE,
}
CHECKPOINT: dict[str, Rule] = {
    "version": _VERSION,
    "network": _OBJECT,
    "classes": _LIST,
    "clip_format": _OBJECT,
    "temperature": _TEMPERATURE,
    "frame_pattern": _TEXT_OR_NULL,  # files of before have it; it is not read
}
EXPORT: dict[str, Rule] = {
    "mienet": _TEXT,
    "format": _one_of(ENGINES),
    "precision": _one_of(get_args(Precision)),
    "sha256": _OBJECT,
    "description_sha256": _TEXT,
    "input": _OBJECT,
    "output": _OBJECT,
    "agreement": Rule(
        _is_agreement, "an object whose familiarity_difference is a number from 0 to 10 or null"
    ),
}
"""What an exported model's description has besides that of the model."""

NETWORK_OPTIONAL = frozenset({"consensus", "shift_every", "normalization"})
FORMAT_OPTIONAL = frozenset({"deinterlace", "frame_stride"})
"""Options that files of before do not have."""
CHECKPOINT_OPTIONAL = frozenset({"classes", "clip_format", "temperature", "frame_pattern"})
EXPORTED_OPTIONAL = frozenset({
    "temperature", "frame_pattern", "mienet", "description_sha256", "input", "output", "agreement",
})  # fmt: skip


def parse_json(text: str | bytes) -> object:
    """Returns the value of a JSON text.

    Raises:
        ValueError: If it is not JSON, too large or too deep, or holds a key twice or a number that
            JSON does not have (NaN, Infinity), in words for a message.
    """
    if len(text) > LARGEST_TEXT_BYTES:
        raise ValueError(f"{len(text)} bytes long; at most {LARGEST_TEXT_BYTES} are accepted")
    try:
        if isinstance(text, bytes):  # which json would take for UTF-16 too
            text = text.decode("utf-8")
        return json.loads(text, parse_constant=_no_constant, object_pairs_hook=_unique_keys)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 text: {error.reason} at byte {error.start}") from None


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not a number of JSON")


def _unique_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    content: dict[str, object] = {}
    for key, value in pairs:
        if key in content:
            raise ValueError(f"the key {show(key)} is given twice")
        content[key] = value
    return content


def show(value: object) -> str:
    """Returns a value for a message, in one short line however long or deep it is."""
    short = reprlib.Repr()
    short.maxstring = short.maxother = 60
    short.maxlevel = 2
    return short.repr(value).encode("utf-8", "backslashreplace").decode()


def checkpoint_problems(content: object) -> list[str]:
    """Returns what is wrong with the description in a ``model.safetensors``."""
    if is_of_recordings(content):
        return _recording_problems(content, RECORDING_CHECKPOINT, CHECKPOINT_OPTIONAL)
    return _problems(content, CHECKPOINT, CHECKPOINT_OPTIONAL)


def is_of_recordings(content: object) -> bool:
    """Returns whether a description is of a model of whole recordings, and not of clips."""
    return isinstance(content, dict) and "recording_format" in content


def exported_problems(content: object, files: Mapping[Any, tuple[str, ...]]) -> list[str]:
    """Returns what is wrong with the content of a ``model.json``; ``files`` are each format's."""
    if is_of_recordings(content):
        problems = _recording_problems(content, EXPORT | RECORDING_CHECKPOINT, EXPORTED_OPTIONAL)
    else:
        problems = _problems(content, EXPORT | CHECKPOINT, EXPORTED_OPTIONAL)
    if problems or not isinstance(content, dict):
        return problems
    hashes, expected = content["sha256"], files[content["format"]]
    if set(hashes) - {KNOWN_CLIPS_NAME} != set(expected):
        return [
            f"sha256 names the files {show(sorted(hashes))}; accepted for {content['format']}: "
            f"exactly {', '.join(expected)}, without folders"
        ]
    return [
        f"sha256 of {name} is {show(digest)}; accepted: 64 hexadecimal digits"
        for name, digest in hashes.items()
        if not is_sha256(digest)
    ]


def is_sha256(value: object) -> bool:
    """Returns whether a value is written as a SHA-256 is: 64 small hexadecimal digits."""
    return isinstance(value, str) and len(value) == 64 and set(value) <= set("0123456789abcdef")


def network_problems(options: object) -> list[str]:
    """Returns what is wrong with a network's options."""
    if isinstance(options, dict) and "num_phases" in options:
        return _key_problems(options, NETWORK_OF_RECORDINGS, NETWORK_OPTIONAL, "network.")
    return _key_problems(options, NETWORK, NETWORK_OPTIONAL, "network.")


def class_problems(classes: list[object]) -> list[str]:
    """Returns what is wrong with class names: not text, empty, too long, or given twice."""
    problems = [
        f"classes[{index}] is {show(name)}; accepted: a name of 1 to {LONGEST_NAME} characters"
        for index, name in enumerate(classes)
        if not _is_name(name)
    ]
    if problems:
        return _first(problems)
    seen: dict[object, int] = {}
    twice = [
        f"classes[{index}] is {show(name)}, as classes[{first}] is; accepted: each name once"
        for index, name in enumerate(classes)
        if (first := seen.setdefault(name, index)) != index
    ]
    return _first(twice)


def _is_name(value: object) -> bool:
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_NAME:
        return False
    # Half a surrogate pair can be in JSON, and can be written nowhere else.
    return not any("\ud800" <= letter <= "\udfff" for letter in value)


def fit_problems(
    network: Mapping[str, object], classes: list[object], clip_format: Mapping[str, object]
) -> list[str]:
    """Returns where classes and clip format, each right alone, do not fit the network."""
    problems = []
    if len(classes) != network["num_classes"]:
        problems.append(f"{len(classes)} classes; the network has {network['num_classes']}")
    return problems + _length_problems(network, clip_format, "clip_format")


def clip_format_problems(clip_format: object) -> list[str]:
    """Returns what is wrong with a clip format alone."""
    problems = _key_problems(clip_format, CLIP_FORMAT, FORMAT_OPTIONAL, "clip_format.")
    if problems or not isinstance(clip_format, dict):
        return problems
    side, short_side = clip_format["crop_size"], clip_format["short_side"]
    if side > short_side:
        return [f"clip_format.crop_size is {side}; accepted: at most short_side, {short_side}"]
    frames = clip_format["num_segments"] * clip_format["frames_per_segment"]
    if frames * side**2 > MOST_CLIP_PIXELS:
        most = math.isqrt(MOST_CLIP_PIXELS // frames)
        return [f"clip_format.crop_size is {side}; accepted for {frames} frames: at most {most}"]
    return []


def _recording_problems(
    content: object, keys: Mapping[str, Rule], optional: frozenset[str]
) -> list[str]:
    """Returns what is wrong with the description of a model of whole recordings."""
    problems = _key_problems(content, keys, optional, "")
    if problems or not isinstance(content, dict):
        return problems
    problems = _key_problems(
        content["network"], NETWORK_OF_RECORDINGS, NETWORK_OPTIONAL, "network."
    ) + _key_problems(
        content["recording_format"], RECORDING_FORMAT, FORMAT_OPTIONAL, "recording_format."
    )
    for kind in ("phases", "events"):
        problems += [f"{kind}: {said}" for said in class_problems(content[kind])]
    if problems:
        return problems
    network, reading = content["network"], content["recording_format"]
    for kind in ("phases", "events"):
        if len(content[kind]) != network[f"num_{kind}"]:
            problems.append(
                f"{len(content[kind])} {kind}; the network has {network[f'num_{kind}']}"
            )
    if len(content["event_thresholds"]) != len(content["events"]):
        problems.append("event_thresholds has not one number an event")
    # Of all positions, as training has them, or, if these are more, in a row, as they are in use.
    positions, length = reading["num_segments"], reading["frames_per_segment"]
    frames = max(positions * length, (positions - 1) * reading["stride"] + length)
    if frames * reading["crop_size"] ** 2 > MOST_CLIP_PIXELS:
        most = math.isqrt(MOST_CLIP_PIXELS // frames)
        problems.append(
            f"recording_format.crop_size is {reading['crop_size']}; accepted for {frames} frames: "
            f"at most {most}"
        )
    return problems + _length_problems(network, reading, "recording_format")


def _length_problems(
    network: Mapping[str, object], reading: Mapping[str, object], name: str
) -> list[str]:
    """Returns where segments and frames of a format are not those that a network takes."""
    needed = {
        "num_segments": network["num_segments"],
        "frames_per_segment": 1 if network["motion"] == "none" else 4,
    }
    return [
        f"{name}.{key} is {reading[key]}; the network takes {value}"
        for key, value in needed.items()
        if reading[key] != value
    ]


def _problems(content: object, keys: Mapping[str, Rule], optional: frozenset[str]) -> list[str]:
    problems = _key_problems(content, keys, optional, "")
    if problems or not isinstance(content, dict):
        return problems
    network, classes, clip_format = (
        content.get(key) for key in ("network", "classes", "clip_format")
    )
    problems = network_problems(network)
    problems += [] if classes is None else class_problems(classes)
    problems += [] if clip_format is None else clip_format_problems(clip_format)
    if problems or classes is None or clip_format is None:
        return problems
    return fit_problems(content["network"], classes, clip_format)


def _key_problems(
    content: object, keys: Mapping[str, Rule], optional: frozenset[str], inside: str
) -> list[str]:
    if not isinstance(content, dict):
        name = inside.rstrip(".") or "the description"
        return [f"{name} is {show(content)}; accepted: {_OBJECT.words}"]
    missing = [key for key in keys if key not in content and key not in optional]
    problems = [f"{inside.rstrip('.')} lacks {', '.join(missing)}".lstrip()] if missing else []
    problems += _first(
        [
            f"{inside}{show(key)} is not a known key; accepted: {', '.join(keys)}"
            for key in content
            if key not in keys
        ]
    )
    problems += [
        f"{inside}{key} is {show(content[key])}; accepted: {rule.words}"
        for key, rule in keys.items()
        if key in content and not rule.accepts(content[key])
    ]
    return problems


def _first(problems: list[str], most: int = 5) -> list[str]:
    more = len(problems) - most
    return problems if more <= 0 else [*problems[:most], f"and {more} more of this kind"]
