import os
from pathlib import Path

import pytest

from mienet.curation.known_contents import lost_videos, lost_warnings
from mienet.data.copies import Content, content_digest

TRAINING = "the training list"


@pytest.fixture
def videos(tmp_path: Path) -> dict[str, str]:
    for name in "ab":
        (tmp_path / name).write_text(name)
    return {name: str(tmp_path / name) for name in ("a", "b", "gone", "away")}


def test_lost_are_those_that_are_gone_and_were_not_noted(videos: dict[str, str]) -> None:
    noted = {os.path.realpath(videos["away"]): Content(1, "0" * 32)}
    assert lost_videos([*videos.values(), videos["gone"]], noted) == [videos["gone"]]


def test_lost_videos_may_be_among_others_that_are_not_known(videos: dict[str, str]) -> None:
    learned = {TRAINING: [videos["a"], videos["gone"], videos["gone"]], "the validation list": []}
    assert lost_warnings(learned, [videos["a"], videos["b"]], {}) == (
        "1 of 2 videos of the training list are not there; under other names they count as new",
    )


def test_they_are_not_among_videos_that_are_all_known(videos: dict[str, str]) -> None:
    # One by its path, one by what was noted of it under another name.
    noted = {os.path.realpath(videos["away"]): Content(1, content_digest(videos["b"]))}
    learned = {TRAINING: [videos["a"], videos["gone"], videos["away"]]}
    assert lost_warnings(learned, [videos["a"], videos["b"]], noted) == ()
