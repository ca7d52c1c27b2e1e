"""Which videos are held out: whole groups, each once."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from mienet.errors import MienetError
from mienet.sweeps.folds import Fold, make_folds, training_part
from mienet.sweeps.plan import FoldColumn, SweepPlan, Variant
from mienet.sweeps.videos import SweepVideos, read_clips, read_whole_recordings

CLIPS = SweepVideos(
    paths=[f"{number}.mp4" for number in range(12)],
    labels=[0, 1] * 6,
    classes=["fall", "rise"],
    groups=[f"s{number // 2}" for number in range(12)],
    groups_are="subject",
    columns={"split": ["a"] * 4 + ["b"] * 4 + ["rest"] * 4},
    write=lambda places: "",
)


def plan(folds: int | str | FoldColumn) -> SweepPlan:
    return SweepPlan("small", "labels.csv", folds, group_by="subject")


@pytest.mark.parametrize("folds", [3, "each"])
def test_every_video_is_held_out_once_and_no_subject_is_in_training_and_test(
    folds: int | str,
) -> None:
    found = make_folds(plan(folds), CLIPS)
    assert len(found) == (6 if folds == "each" else 3)
    assert Counter(place for fold in found for place in fold.test) == Counter(range(12))
    for fold in found:
        subjects = [{CLIPS.groups[at] for at in part} for part in (fold.training, fold.test)]
        assert not subjects[0] & subjects[1]


def test_numbered_folds_hold_the_classes_in_equal_parts() -> None:
    for fold in make_folds(plan(3), CLIPS):
        assert Counter(CLIPS.labels[at] for at in fold.test) == {0: 2, 1: 2}


def test_a_column_names_the_folds_and_what_only_trains() -> None:
    found = make_folds(plan(FoldColumn("split", ("rest",))), CLIPS)
    assert [(fold.name, list(fold.test)) for fold in found] == [
        ("a", [0, 1, 2, 3]),
        ("b", [4, 5, 6, 7]),
    ]
    assert list(found[0].training) == [4, 5, 6, 7, 8, 9, 10, 11]


def test_numbers_in_a_column_are_named_after_it() -> None:
    numbered = replace(CLIPS, columns={"fold": ["0"] * 6 + ["1"] * 6})
    assert [fold.name for fold in make_folds(plan(FoldColumn("fold")), numbered)] == [
        "fold0",
        "fold1",
    ]


def test_a_subject_in_two_folds_of_a_column_is_an_error() -> None:
    split = replace(CLIPS, columns={"split": ["a", "b"] * 6})
    with pytest.raises(MienetError, match="a subject is in several folds of 'split':\n  subject"):
        make_folds(plan(FoldColumn("split")), split)


@pytest.mark.parametrize(
    ("folds", "said"),
    [
        (7, "folds: 7 need as many subjects, and there are 6"),
        (FoldColumn("spilt"), "folds names no column: 'spilt'; the list has split"),
        (FoldColumn("split", ("test",)), "no video has 'test' in the column 'split'; it has a, b"),
        (FoldColumn("split", ("a", "b", "rest")), "would leave nothing"),
    ],
)
def test_folds_that_cannot_be_made_are_an_error(folds: int | FoldColumn, said: str) -> None:
    with pytest.raises(MienetError, match=said):
        make_folds(plan(folds), CLIPS)


def test_a_class_of_one_subject_alone_is_an_error_that_names_it() -> None:
    rare = replace(CLIPS, labels=[0] * 10 + [1] * 2)
    with pytest.raises(MienetError, match=r"tested and not learned.*:\n  s5: rise"):
        make_folds(plan("each"), rare)


def test_a_part_of_training_is_of_whole_subjects_and_of_the_wanted_size() -> None:
    fold = make_folds(plan(3), CLIPS)[0]
    places = training_part(fold, Variant({}, {}, part=0.5), CLIPS, seed=0)
    assert len(places) == 4
    kept = {CLIPS.groups[at] for at in places}
    assert not kept & {CLIPS.groups[at] for at in set(fold.training) - set(places)}


def test_so_many_clips_of_each_class_are_drawn_anew_for_each_seed_and_the_same_for_one() -> None:
    fold = make_folds(plan(3), CLIPS)[0]
    few = Variant({}, {}, clips_per_class=2)
    draws = [training_part(fold, few, CLIPS, seed) for seed in range(8)]
    assert all(Counter(CLIPS.labels[at] for at in draw) == {0: 2, 1: 2} for draw in draws)
    assert len(set(map(tuple, draws))) > 1
    assert draws[3] == training_part(fold, few, CLIPS, seed=3)


def test_too_few_clips_of_a_class_are_an_error_that_counts_them() -> None:
    fold = Fold("a", [0, 1, 2], [3])
    with pytest.raises(MienetError, match="fewer than 2 training clips:\n  a: rise has 1"):
        training_part(fold, Variant({}, {}, clips_per_class=2), CLIPS, seed=0)


def test_clips_without_a_subject_are_groups_of_their_own(class_folders: Path) -> None:
    rows = [f"fall/{number}.mp4,fall,{'ann' if number < 2 else ''}" for number in range(4)]
    path = class_folders / "list.csv"
    path.write_text("\n".join(["path,label,subject", *rows, "rise/0.mp4,rise,bo"]))
    found = read_clips(path, root=None, group_by="subject", exclude=())
    assert found.groups[:2] == ["ann", "ann"]
    assert len(set(found.groups)) == 4
    assert found.write([4]).splitlines()[1].endswith("rise/0.mp4,rise,bo")


def test_excluded_classes_are_left_out_and_an_unknown_one_is_an_error(class_folders: Path) -> None:
    found = read_clips(class_folders, root=None, group_by=None, exclude=["rise"])
    assert found.classes == ["fall"]
    assert len(found.paths) == 6
    with pytest.raises(MienetError, match="has no class 'jump'; it has fall, rise"):
        read_clips(class_folders, root=None, group_by=None, exclude=["jump"])


def test_recordings_are_grouped_by_who_is_in_them(class_folders: Path) -> None:
    rows = [f"fall/{number}.mp4,up,0,0.2,{'ann' if number < 2 else 'bo'}" for number in range(4)]
    path = class_folders / "list.csv"
    path.write_text("\n".join(["path,label,start_seconds,end_seconds,subject", *rows]))
    found = read_whole_recordings(path, root=None, group_by=None)
    assert found.groups == ["ann", "ann", "bo", "bo"]
    assert found.write([2]).count("2.mp4") == 1
    with pytest.raises(MienetError, match="recordings are grouped by subject alone, got 'scene'"):
        read_whole_recordings(path, root=None, group_by="scene")
