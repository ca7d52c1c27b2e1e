"""Which clips a run learns from, of which classes, with which mirror images and weights."""

from pathlib import Path

import pytest

from mienet.annotations.records import AnnotationError
from mienet.config import ConfigError, DataConfig, RunConfig
from mienet.data.loading import with_unreadable
from mienet.data.splitting import SplitError
from mienet.training.datamodule import Videos, flip_labels, read_lists
from tests.workflows.runs import change


def test_both_lists_are_reported_in_one_error(class_folders: Path) -> None:
    root = class_folders.parent
    (root / "train.csv").write_text("path,label\nvideos/fall/0.mp4,\n")
    (root / "val.csv").write_text("path,label\nnone.mp4,fall\n")
    data = DataConfig(train=str(root / "train.csv"), val=str(root / "val.csv"))
    with pytest.raises(AnnotationError, match=r"(?s)train\.csv:2: no label.*val\.csv:2: no such"):
        read_lists(data, seed=0)


def test_one_class_alone_is_refused_before_anything_is_computed(class_folders: Path) -> None:
    (class_folders / "fall").rename(class_folders.parent / "fall")
    with pytest.raises(ConfigError, match=r"at least two classes, but all 6 .* of one: 'rise'"):
        read_lists(DataConfig(root=str(class_folders)), seed=0)


def test_a_folder_with_one_list_is_trained_with_by_it(class_folders: Path) -> None:
    rows = [f"{c}/{i}.mp4;{c}er" for c in ("fall", "rise") for i in range(6)]
    (class_folders / "labels.csv").write_text("\n".join(["path;label", *rows]))
    training, validation, _ = read_lists(
        DataConfig(root=str(class_folders), val_fraction=0.5), seed=0
    )
    assert training.classes == ["faller", "riseer"]
    assert len(training.records) == len(validation.records) == 6


def test_train_and_val_folders_are_found(class_folders: Path) -> None:
    for split in ("train", "val"):
        (class_folders.parent / "both" / split).mkdir(parents=True)
        for label in ("fall", "rise"):
            (class_folders / label).rename(class_folders.parent / "both" / split / label) if (
                split == "train"
            ) else (class_folders.parent / "both/val" / label).symlink_to(
                class_folders.parent / "both/train" / label
            )
    training, validation, _ = read_lists(DataConfig(root=str(class_folders.parent / "both")), 0)
    assert (len(training.records), len(validation.records)) == (12, 12)
    assert training.classes == ["fall", "rise"]


def test_a_part_of_every_class_is_set_apart(class_folders: Path) -> None:
    data = DataConfig(root=str(class_folders), val_fraction=1 / 3)
    training, validation, _ = read_lists(data, seed=0)
    assert [r.label for r in training.records].count(0) == 4
    assert [r.label for r in validation.records].count(0) == 2
    assert not {r.path for r in training.records} & {r.path for r in validation.records}


def list_of_parts(folder: Path, parts: dict[str, int]) -> DataConfig:
    """Returns options to train with 6 videos, each cut into so many clips of each class."""
    rows = [
        f"videos/fall/{number}.mp4,{label},{part},{part + 1}"
        for number in range(6)
        for label, count in parts.items()
        for part in range(count)
    ]
    (folder / "parts.csv").write_text("\n".join(["path,label,start_seconds,end_seconds", *rows]))
    return DataConfig(train=str(folder / "parts.csv"), val_fraction=1 / 3)


def test_clips_of_one_video_are_set_apart_together(class_folders: Path) -> None:
    training, validation, _ = read_lists(
        list_of_parts(class_folders.parent, {"fall": 5, "rise": 5}), seed=0
    )
    assert (len(training.records), len(validation.records)) == (40, 20)
    assert not {r.path for r in training.records} & {r.path for r in validation.records}


def test_a_run_tells_by_what_validation_was_set_apart(config: RunConfig) -> None:
    folder = Path(config.data.root or "")
    rows = [f"{c}/{i}.mp4,{c},{'abc'[i % 3]}" for c in ("fall", "rise") for i in range(6)]
    (folder / "labels.csv").write_text("\n".join(["path,label,subject", *rows]))
    videos = Videos(config)
    assert videos.facts()["group_by"] == "subject"
    assert "by the column subject: no subject is in both parts" in videos.summary()[-1]
    assert ",subject\n" in videos.lists()["val.csv"]


def test_one_video_alone_cannot_be_set_apart(class_folders: Path) -> None:
    data = list_of_parts(class_folders.parent, {"fall": 5, "rise": 5})
    path = Path(data.train or "")
    path.write_text("\n".join(path.read_text().splitlines()[:11]))
    with pytest.raises(SplitError, match=r"1 video cannot be split into 2; .*: --data\.val"):
        read_lists(data, seed=0)


def test_classes_too_small_to_split_are_reported(class_folders: Path) -> None:
    for index in range(1, 6):
        (class_folders / f"rise/{index}.mp4").unlink()
    with pytest.raises(AnnotationError, match=r"rise: 1\. Add videos, or give --data\.val"):
        read_lists(DataConfig(root=str(class_folders)), seed=0)


def test_flip_policies() -> None:
    classes = ["jump", "left", "right"]
    assert flip_labels(False, classes) is None
    assert flip_labels(True, classes) == (0, 1, 2)
    assert flip_labels({"left": "right"}, classes) == (0, 2, 1)
    with pytest.raises(ConfigError, match=r"unknown class 'rigth'; did you mean 'right'"):
        flip_labels({"left": "rigth"}, classes)


@pytest.mark.parametrize("flip", [{"a": "b", "b": "c"}, {"a": "c", "b": "c"}, {"a": "b", "b": "b"}])
def test_two_mirror_images_of_one_class_are_refused(flip: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match=r"flip: '[abc]' cannot be the mirror image of both"):
        flip_labels(flip, ["a", "b", "c"])


def test_a_pair_named_both_ways_round_is_one_pair() -> None:
    flip = {"a": "b", "b": "a", "c": "c"}
    assert flip_labels(flip, ["a", "b", "c", "d"]) == (1, 0, 2, 3)


def test_class_weights_by_name_and_balanced(class_folders: Path, config: RunConfig) -> None:
    for index in range(4):
        (class_folders / f"rise/{index}.mp4").unlink()
    base = change(config, "data", train=str(class_folders), val=str(class_folders))
    assert Videos(base).class_weights() is None
    named = Videos(change(base, "data", class_weights={"rise": 2.5})).class_weights()
    assert named is not None
    assert named.tolist() == [1.0, 2.5]
    balanced = Videos(change(base, "data", class_weights="balanced")).class_weights()
    assert balanced == pytest.approx([8 / 12, 8 / 4])


@pytest.mark.parametrize(("least", "passes"), [(0, 1), (12, 1), (13, 2), (30, 3)])
def test_an_epoch_passes_over_few_clips_several_times(
    least: int, passes: int, class_folders: Path, config: RunConfig
) -> None:
    options = {"train": str(class_folders), "val": str(class_folders), "epoch_clips": least}
    videos = Videos(change(config, "data", **options))
    assert videos.passes == passes  # of 12 clips
    assert len(videos.train_dataloader()) == -(-12 * passes // config.data.batch_size)
    told = [line for line in videos.summary() if "shows each training clip" in line]
    assert told == (
        [f"An epoch shows each training clip {passes} times: --data.epoch_clips {least} at least"]
        if passes > 1
        else []
    )


def test_a_weight_for_an_unknown_class_is_refused(config: RunConfig) -> None:
    videos = Videos(change(config, "data", class_weights={"raise": 2.0}))
    with pytest.raises(ConfigError, match=r"unknown class 'raise'; did you mean 'rise'\?"):
        videos.class_weights()


def test_empty_class_folders_and_broken_videos_are_told_at_once(class_folders: Path) -> None:
    (class_folders / "none").mkdir()
    (class_folders / "rise/2.mp4").write_bytes(b"")
    with pytest.raises(AnnotationError) as caught, with_unreadable():
        read_lists(DataConfig(root=str(class_folders)), seed=0)
    said = [problem.rpartition(": ")[2] for problem in caught.value.problems]
    assert said == ["no videos in this class folder", "the file is empty; copy or export it again"]
