"""Validation clips set apart from a training list."""

import json
from pathlib import Path

import pytest

from mienet.annotations.records import AnnotationError, Annotations, VideoRecord
from mienet.data.splitting import SplitError
from mienet.training.setting_apart import SetApart, set_apart


def clips(subjects: str, *, labels: str = "", column: str = "subject") -> Annotations:
    """Returns a clip of a video of its own for each letter, which names its subject."""
    records = [
        VideoRecord(f"{at}.mp4", int(labels[at]) if labels else at % 2, extra=(subject.strip(),))
        for at, subject in enumerate(subjects)
    ]
    return Annotations(records, ["up", "down"], (column,))


def subjects_of(parts: SetApart) -> tuple[set[str], set[str]]:
    """Returns who is in training, and who in validation."""
    one, other = ({r.extra[0] for r in p.records} for p in (parts.training, parts.validation))
    return one, other


@pytest.mark.parametrize("column", ["subject", "Group "])
def test_nobody_is_in_both_parts(tmp_path: Path, column: str) -> None:
    parts = set_apart(clips("aaaabbbbccccdddd", column=column), tmp_path, 0.25, seed=0)
    training, validation = subjects_of(parts)
    assert (len(training), len(validation)) == (3, 1)
    assert parts.column == column
    assert parts.said.startswith(f"Validation is set apart by the column {column}: no ")


def test_the_column_of_a_prepared_dataset_comes_first(tmp_path: Path) -> None:
    (tmp_path / "dataset.json").write_text(json.dumps({"provenance": {"group_by": "athlete"}}))
    listed = clips("aaaabbbbccccdddd", column="athlete")
    parts = set_apart(listed, tmp_path / "train.csv", 0.25, seed=0)
    assert parts.column == "athlete"


def test_people_of_one_video_and_videos_of_one_person_stay_together(tmp_path: Path) -> None:
    # a and b are in one video, and b in another with c: one group, beside that of d.
    listed = clips("aabbccdd")
    records = [
        record._replace(path=name + ".mp4")
        for record, name in zip(listed.records, "11122233", strict=True)
    ]
    listed = Annotations(records, listed.classes, listed.columns)
    training, validation = subjects_of(set_apart(listed, tmp_path, 0.25, seed=0))
    assert (training, validation) == ({"a", "b", "c"}, {"d"})


def test_clips_that_name_nobody_are_a_group_a_video(tmp_path: Path) -> None:
    parts = set_apart(clips("aaaa    "), tmp_path, 0.25, seed=0)
    assert subjects_of(parts) == ({"a", ""}, {""})


def test_without_a_column_it_is_said_that_people_may_be_in_both_parts(tmp_path: Path) -> None:
    parts = set_apart(clips("aaaabbbb", column="camera"), tmp_path, 0.25, seed=0)
    assert parts.column is None
    assert "set apart by video, as no column subject says who is in them" in parts.said


def test_clips_of_one_person_are_set_apart_by_video(tmp_path: Path) -> None:
    parts = set_apart(clips("aaaaaaaa"), tmp_path, 0.25, seed=0)
    assert (len(parts.training.records), len(parts.validation.records)) == (6, 2)
    assert parts.said.endswith("it does not show how good the model is on another subject")


def test_a_class_of_one_person_needs_a_list_to_validate_with(tmp_path: Path) -> None:
    with pytest.raises(AnnotationError, match=r"down: 1\. Add subjects, or give --data\.val"):
        set_apart(clips("aaaabbbb", labels="00010000"), tmp_path, 0.5, seed=0)


def test_one_video_alone_cannot_be_set_apart(tmp_path: Path) -> None:
    listed = clips("ab")
    records = [record._replace(path="1.mp4") for record in listed.records]
    listed = Annotations(records, listed.classes, listed.columns)
    with pytest.raises(SplitError, match=r"1 \w+ cannot be split into 2; .*: --data\.val"):
        set_apart(listed, tmp_path, 0.5, seed=0)
