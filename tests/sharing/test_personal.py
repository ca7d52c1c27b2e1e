"""What a card must not say is found in a run's lists and results."""

from pathlib import Path

import pytest

from mienet.errors import MienetError
from mienet.sharing.personal import count_groups, find_personal

LIST = """path,label,athlete
/videos/anna_1.mp4,jump,anna
/videos/anna_1.mp4,fall,anna
/videos/bo.mp4,fall,bo
"""


@pytest.fixture
def run(tmp_path: Path) -> Path:
    (tmp_path / "train.csv").write_text(LIST)
    (tmp_path / "evaluation/test").mkdir(parents=True)
    (tmp_path / "evaluation/test/per_video.csv").write_text("path,group\n/other/x.mp4,Cleo Smith\n")
    return tmp_path


def test_subjects_videos_and_folders_are_found(run: Path) -> None:
    found = find_personal(run, "athlete")
    assert found.subjects == {"anna", "bo", "Cleo Smith"}
    assert found.videos == {"anna_1.mp4", "bo.mp4", "x.mp4"}
    assert {"/videos", "/other", str(run)} <= found.folders


def test_groups_that_are_videos_are_no_subjects(run: Path) -> None:
    (run / "evaluation/test/per_video.csv").write_text("path,group\n/v/x.mp4,/v/x.mp4\n")
    assert find_personal(run, None).subjects == set()


@pytest.mark.parametrize(("name", "expected"), [
    ("anna", True), ("without_Anna", True), ("annatest", True), ("test", False), ("bottom", False),
])  # fmt: skip
def test_a_list_that_names_a_subject_is_told(run: Path, name: str, expected: bool) -> None:
    assert find_personal(run, "athlete").names_subject(name) is expected


def test_texts_that_name_videos_are_refused(run: Path) -> None:
    personal = find_personal(run, None)
    personal.require_absent({"README.md": "trained on 3 clips"})
    with pytest.raises(MienetError, match=r"nothing was pushed:\n  README.md names 'anna_1\.mp4'"):
        personal.require_absent({"README.md": "see anna_1.mp4"})


def test_videos_and_groups_are_counted(run: Path) -> None:
    assert count_groups(run / "train.csv", "athlete") == (2, "athlete", 2)
    assert count_groups(run / "train.csv", None) == (2, "", 0)
