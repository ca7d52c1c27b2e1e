"""Which recordings a run learns from, and how it reads them."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mienet.annotations.records import AnnotationError
from mienet.config import ConfigError, DataConfig, ModelConfig, RunConfig, TimelineConfig
from mienet.data.splitting import SplitError
from mienet.training.recording_data import RecordingVideos
from tests.conftest import WriteVideo

WriteList = Callable[..., Path]

ROWS = "{v},run,0.12,0.48,S{k}\n{v},hop,0.48,,S{k}\n"
"""Of a video of 30 frames and 25 a second."""


@pytest.fixture
def write_list(write_video: WriteVideo, tmp_path: Path) -> WriteList:
    def write(
        name: str, numbers: range, rows: str = "{v},run,0.12,0.48,S{k}\n{v},hop,0.48,,S{k}\n"
    ):
        lines = ["path,label,start_seconds,end_seconds,subject\n"]
        for number in numbers:
            video = write_video(f"{number}.mp4", num_frames=30)
            lines.append(rows.format(v=video.name, k=number // 2))
        (tmp_path / name).write_text("".join(lines))
        return tmp_path / name

    return write


def config(train: Path, val: Path | None = None, **timeline: object) -> RunConfig:
    return RunConfig(
        ModelConfig(backbone="resnet18", num_segments=4),
        DataConfig(
            train=str(train), val=str(val) if val else None, val_fraction=0.4, short_side=32,
            crop_size=32, batch_size=2, num_workers=0,
        ),
        timeline=TimelineConfig(head="gru", **timeline),
    )  # fmt: skip


def test_names_come_from_the_training_list(write_list: WriteList) -> None:
    videos = RecordingVideos(
        config(write_list("train.csv", range(2)), write_list("v.csv", range(2, 4)))
    )
    assert (videos.phases, videos.events) == (["run"], ["hop"])
    assert (len(videos.training), len(videos.validation)) == (2, 2)


def test_without_a_list_for_it_subjects_are_set_apart(write_list: WriteList) -> None:
    videos = RecordingVideos(config(write_list("train.csv", range(8))))
    subjects = [
        {mark.subject for r in part for mark in r.video.intervals}
        for part in (videos.training, videos.validation)
    ]
    assert subjects[0] and subjects[1]
    assert not subjects[0] & subjects[1]
    assert videos.summary()[-1].endswith("by the column subject: no subject is in both parts")


def test_recordings_of_one_subject_are_set_apart_by_video(write_list: WriteList) -> None:
    videos = RecordingVideos(config(write_list("train.csv", range(2))))
    assert (len(videos.training), len(videos.validation)) == (1, 1)
    assert "by video, as all are of one subject" in videos.summary()[-1]


def test_one_recording_alone_cannot_be_set_apart(write_list: WriteList) -> None:
    with pytest.raises(SplitError, match=r"1 subject cannot be split into 2; .*: --data\.val"):
        RecordingVideos(config(write_list("train.csv", range(1))))


def test_who_is_in_one_recording_with_another_is_set_apart_with_them(write_list: WriteList) -> None:
    # S0 to S3 in two recordings each, and S0 with S1 in two more.
    alone = write_list("train.csv", range(8)).read_text()
    both = "".join(f"{k}.mp4,run,0.6,0.9,S{1 - k // 2}\n" for k in range(4))
    path = write_list("both.csv", range(8))
    path.write_text(alone + both)
    videos = RecordingVideos(config(path))
    training, validation = (
        {mark.subject for r in part for mark in r.video.intervals}
        for part in (videos.training, videos.validation)
    )
    assert validation and not training & validation


def test_rate_and_stride_are_those_of_the_recordings(write_list: WriteList) -> None:
    # A third of 9 frames is 3, but a second is to have ten positions.
    reading = RecordingVideos(config(write_list("train.csv", range(4)))).recording_format
    assert (reading.frames_per_second, reading.stride) == (pytest.approx(25.0), 2)


def test_rate_and_stride_can_be_said(write_list: WriteList) -> None:
    said = config(write_list("train.csv", range(4)), frames_per_second=10.0, stride=2)
    reading = RecordingVideos(said).recording_format
    assert (reading.frames_per_second, reading.stride) == (10.0, 2)


def test_rare_phases_weigh_more(write_list: WriteList) -> None:
    said = config(write_list("train.csv", range(4)))
    balanced = replace(said, data=replace(said.data, class_weights="balanced"))
    weights = RecordingVideos(balanced).phase_weights()
    assert weights is not None
    assert weights == pytest.approx(np.array([30 / (2 * 9), 30 / (2 * 21)]))


def test_all_recordings_that_cannot_be_used_are_named(write_list: WriteList) -> None:
    training = write_list("train.csv", range(2), "{v},run,0.1,9,S\n")
    said = config(training, write_list("v.csv", range(2, 4), "{v},run,0.1,0.4,S\n"))
    with pytest.raises(AnnotationError) as error:
        RecordingVideos(said)
    assert [line.split(":")[1] for line in error.value.problems] == ["2", "3"]


def test_recordings_in_which_nothing_happens_are_refused(write_list: WriteList) -> None:
    with pytest.raises(ConfigError, match="nothing happens in these recordings"):
        RecordingVideos(config(write_list("train.csv", range(2), "{v},,,,\n")))


def test_a_missing_list_says_what_to_give() -> None:
    with pytest.raises(ConfigError, match=r"no recordings given: --data.root DATASET"):
        RecordingVideos(RunConfig(timeline=TimelineConfig(head="gru")))
