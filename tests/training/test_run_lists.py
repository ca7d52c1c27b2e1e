"""Whether lists hold the clips of a run, of this version or of an earlier one."""

from pathlib import Path

import pytest

from mienet.training.run_lists import are_of_run, list_hash

OF_0_1 = "path,label,start_seconds,end_seconds,num_frames\n/a.mp4,up,,,\n/b,down,,,10\n"


@pytest.mark.parametrize(
    ("now", "is_same"),
    [
        ("path,label,end_frame\n/a.mp4,up,\n/b,down,10\n", True),
        ("path,label,end_frame\n/b,down,10\n/a.mp4,up,\n", False),
        ("path,label,end_frame\n/a.mp4,up,\n/b,down,11\n", False),
        ("path,label\n/a.mp4,up\n/b,down\n", False),
        ("path,label,end_frame\n/a.mp4,down,\n/b,down,10\n", False),
    ],
)
def test_rows_count_where_an_earlier_version_wrote_other_columns(
    tmp_path: Path, now: str, is_same: bool
) -> None:
    (tmp_path / "train.csv").write_text(OF_0_1)
    assert are_of_run({"train.csv": now}, tmp_path, {"train.csv": list_hash(OF_0_1)}) is is_same


def test_a_list_that_was_changed_since_is_not_the_run_s(tmp_path: Path) -> None:
    now = "path,label\n/a.mp4,up\n"
    (tmp_path / "train.csv").write_text("path,label,num_frames\n/a.mp4,up,\n")
    assert not are_of_run({"train.csv": now}, tmp_path, {"train.csv": list_hash(OF_0_1)})


def test_equal_lists_need_no_file(tmp_path: Path) -> None:
    assert are_of_run({"train.csv": OF_0_1}, tmp_path, {"train.csv": list_hash(OF_0_1)})
