"""What a damaged dataset.json is told of: one message with the file, whatever is in it."""

import json
from pathlib import Path
from typing import Any

import pytest

from mienet.data.manifest import DatasetError, Excluded, read_prepared

GOOD: dict[str, Any] = {
    "videos": "videos",
    "classes": ["jump", "land"],
    "frame_pattern": None,
    "provenance": {},
    "excluded": [],
}


@pytest.mark.parametrize(
    "changed",
    [
        *({"classes": c} for c in ([["a"], "b"], [{}, "b"], {"a": 0}, "ab", [None], ["a", "a"])),
        *({"classes": c} for c in (["a\nb"], [" a"], [""], ["\ud800"], 10**30, [[[[]]]])),
        *({"videos": v} for v in (5, [], {}, None)),
        *({"frame_pattern": p} for p in (5, [], {}, "img", "{:05d}", "../{:05d}.jpg")),
        *({"excluded": e} for e in (5, [5], [{}], [{"path": [], "reason": "x"}], {"a": 1})),
        *({"excluded": [{"path": "a", "reason": r}]} for r in (1, {}, None)),
        *({"provenance": p} for p in (5, "ab", {"group_by": []}, {"group_by": {}})),
        {"ignored": 5},
    ],
)
def test_what_cannot_be_is_one_message(tmp_path: Path, changed: dict[str, Any]) -> None:
    (tmp_path / "dataset.json").write_text(json.dumps(GOOD | changed))
    with pytest.raises(DatasetError, match=r"dataset\.json: damaged"):
        read_prepared(tmp_path)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "", "5", "[]", "\0", "nul"])
def test_what_is_no_object_is_one_message(tmp_path: Path, text: str) -> None:
    (tmp_path / "dataset.json").write_text(text)
    with pytest.raises(DatasetError, match=r"dataset\.json.*damaged"):
        read_prepared(tmp_path)


@pytest.mark.parametrize(
    ("part", "shown"),
    [
        ({}, "a.mp4"),
        ({"end_seconds": 1.5}, "a.mp4 (seconds 0 to 1.5)"),
        ({"start_frame": 3}, "a.mp4 (frames 3 to the end)"),
        ({"end_frame": 57}, "a.mp4 (frames 0 to 56)"),
    ],
)
def test_an_excluded_part_is_told_in_words(part: dict[str, float], shown: str) -> None:
    assert str(Excluded("a.mp4", "class other", **part)) == shown
