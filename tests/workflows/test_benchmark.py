from pathlib import Path

import pytest

from mienet.annotations.records import VideoRecord
from mienet.cli import main
from mienet.errors import MienetError
from mienet.models import tsn
from mienet.workflows.benchmark import _videos, benchmark
from tests.conftest import WriteVideo, make_recognizer, make_timeline_recognizer


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "mienet.measuring.SECONDS", 0.0
    )  # the fewest runs: these tests look at no speed


def test_stages_cover_reading_and_the_network(tmp_path: Path, class_folders: Path) -> None:
    make_recognizer().save(tmp_path / "model")
    found = benchmark(tmp_path / "model", video=class_folders / "rise/3.mp4", batch_sizes=[1, 2])
    assert list(found.stages) == [
        "open the video", "decode, resize, crop", "normalize", "motion maps", "fusion", "stem",
        "layer1", "layer2", "layer3", "layer4", "temporal module (dptam)", "classifier", "other",
    ]  # fmt: skip
    assert [speed.batch_size for speed in found.speeds] == [1, 2]
    assert "1 threads" in found.machine


def test_a_folder_stands_for_its_first_video(class_folders: Path, tmp_path: Path) -> None:
    (class_folders / "fall/IMG_1.JPG").write_bytes(b"x")
    assert _videos(tmp_path, class_folders).records[0] == VideoRecord(
        f"{class_folders}/fall/0.mp4", None, source=f"{class_folders}/fall/0.mp4"
    )


def test_a_network_without_motion_has_no_stage_for_it(tmp_path: Path) -> None:
    make_recognizer(tsn).save(tmp_path / "model")
    assert list(benchmark(tmp_path / "model", batch_sizes=[1]).stages) == [
        "normalize", "stem", "layer1", "layer2", "layer3", "layer4", "classifier", "other",
    ]  # fmt: skip


@pytest.mark.parametrize("sizes", [[], [0], [1, -2]])
def test_impossible_batch_sizes_are_refused(tmp_path: Path, sizes: list[int]) -> None:
    with pytest.raises(MienetError, match="batch_sizes must be whole numbers from 1, got"):
        benchmark(tmp_path, batch_sizes=sizes)


def test_an_exported_model_is_measured_as_a_whole(exported: Path) -> None:
    found = benchmark(exported, batch_sizes=[1], allow_pickle=True)
    assert list(found.stages) == ["model"]
    assert "resnet18, motion adaptive, temporal dptam, torch float32" in found.model


def test_a_model_of_recordings_is_measured_on_a_whole_one(
    tmp_path: Path, write_video: WriteVideo, capsys: pytest.CaptureFixture[str]
) -> None:
    make_timeline_recognizer().save(tmp_path / "model")
    video = write_video(num_frames=30)
    assert main(["benchmark", str(tmp_path / "model"), "--video", str(video)]) == 0
    printed = capsys.readouterr().out
    assert "3 positions of 4 frames every 2 frames, 32x32 pixels" in printed
    assert f"{video}, 30 frames" in printed
    for expected in ("windows at once", "decoding", "computing", "timeline", "GFLOP a window"):
        assert expected in printed


def test_a_recording_lasts_as_its_clock_says(tmp_path: Path, write_video: WriteVideo) -> None:
    make_timeline_recognizer().save(tmp_path / "model")
    found = benchmark(tmp_path / "model", video=write_video(num_frames=30))
    assert found.recording is not None
    assert found.recording.duration_seconds == pytest.approx(1.2)
    assert list(found.recording.seconds) == ["decoding", "computing", "timeline"]
    # 10 windows, of as many at once as timeline computes.
    (speed,) = found.speeds
    expected = 10 * speed.median_seconds / speed.batch_size
    assert found.recording.seconds["computing"] == pytest.approx(expected)
    assert list(found.stages) == [
        "normalize", "motion maps", "fusion", "stem", "layer1", "layer2", "layer3", "layer4",
        "head (gru)", "classifier", "other",
    ]  # fmt: skip


def test_a_recording_in_slow_motion_is_read_and_lasts_as_its_camera_says(
    tmp_path: Path, write_video: WriteVideo
) -> None:
    make_timeline_recognizer().save(tmp_path / "model")
    write_video("a.mp4", num_frames=30)
    listed = tmp_path / "list.csv"
    listed.write_text("path,label,start_seconds,end_seconds,capture_fps\na.mp4,dark,0,0.2,100\n")
    found = benchmark(tmp_path / "model", video=listed)
    assert found.recording is not None
    assert found.recording.duration_seconds == pytest.approx(0.3)
    # Of 100 frames a second the model of 25 looks at every fourth: 8, which take 2 windows.
    (speed,) = found.speeds
    expected = 2 * speed.median_seconds / speed.batch_size
    assert found.recording.seconds["computing"] == pytest.approx(expected)
