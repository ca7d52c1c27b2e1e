import time
from pathlib import Path

import pytest
import torch
from torch import nn

from mienet.annotations.records import VideoRecord
from mienet.errors import MienetError
from mienet.models import tsn
from mienet.workflows import benchmark as module
from mienet.workflows.benchmark import _record, benchmark, gigaflops, measure, time_modules
from tests.conftest import make_recognizer

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SECONDS", 0.0)  # the fewest runs: these tests look at no speed


class Waiting(nn.Module):
    def forward(self, seconds: float) -> float:
        time.sleep(seconds)
        return seconds


def test_a_module_takes_what_it_waits() -> None:
    short, long = Waiting(), Waiting()
    times = time_modules([short, long], lambda: (short(0.001), long(0.05)), CPU)
    assert times[short] >= 0.001
    assert times[long] >= 0.05


def test_hooks_are_taken_out_again() -> None:
    waiting = Waiting()
    time_modules([waiting], lambda: waiting(0.0), CPU)
    assert not waiting._forward_hooks
    assert not waiting._forward_pre_hooks


def test_two_runs_warm_up_and_five_count() -> None:
    runs: list[int] = []
    assert len(measure(lambda: runs.append(1), CPU, seconds=0.0)) == 5
    assert len(runs) == 7


def test_work_of_tsn_is_that_of_its_convolutions(published_networks: None) -> None:
    recognizer = make_recognizer(tsn)
    # ResNet-18's published 1.82 G multiply-adds at 224x224, less its classifier of 1000 classes;
    # 2 segments of 32x32 pixels are 2 / 49 of that.
    published = 2 * (1.814e9 - 512e3) * 2 / 49 / 1e9
    clips = torch.zeros(1, 2, 1, 3, 32, 32, dtype=torch.uint8)
    assert gigaflops(recognizer, clips) == pytest.approx(published, rel=0.01)


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
    assert _record(tmp_path, class_folders) == VideoRecord(
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
