"""Tiny generated videos, and a small trained-looking model, for all tests."""

import fcntl
import os
import pickle
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
import torch

from mienet.data.clips import ClipFormat
from mienet.data.recording_format import RecordingFormat
from mienet.familiarity import KnownClips
from mienet.loading import load_network
from mienet.models import mie_net, resnet
from mienet.models.network import SegmentNetwork
from mienet.models.timeline_network import TimelineNetwork
from mienet.recognizer import NetworkRecognizer
from mienet.timeline_recognizer import NetworkTimelineRecognizer
from mienet.timelines.order import PhaseOrder
from mienet.workflows.export import export

WriteVideo = Callable[..., Path]

WIDTH = 8
"""Channels of the stem of the tests' networks; ResNets have 64."""


os.environ["OMP_NUM_THREADS"] = "1"  # tests run side by side, one per CPU

LONGEST = ("tests/server/web/", "tests/workflows/")
"""Folders whose files take longest; where they came last, one CPU would wait for the other."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the longest tests first, and those with a browser, which they share, together."""
    items.sort(key=lambda item: [not item.nodeid.startswith(folder) for folder in LONGEST])


@pytest.fixture(scope="session", autouse=True)
def one_thread(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Computes with one thread, and keeps frames in a folder of the tests."""
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("caches")))
        yield


@pytest.fixture(scope="session", autouse=True)
def small_networks() -> Iterator[None]:
    """Makes ResNet-18 small: 11 million weights, and a graph of 8 blocks, take seconds each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(resnet, "WIDTH", WIDTH)
        patch.setitem(resnet.ARCHITECTURES, "resnet18", (resnet.BasicBlock, (1, 1, 1, 1)))
        yield


@pytest.fixture
def published_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gives networks the blocks and channels that they are published with."""
    monkeypatch.setattr(resnet, "WIDTH", 64)
    monkeypatch.setitem(resnet.ARCHITECTURES, "resnet18", (resnet.BasicBlock, (2, 2, 2, 2)))


def frame_number(image: np.ndarray) -> int:
    """Returns the number, up to 54, that ``write_video`` drew into a frame as its gray level."""
    return round((float(image.mean()) - 20) / 4)


def video_writer(folder: Path) -> WriteVideo:
    """Returns what ``write_video`` is, for files in a folder."""

    def write(
        name: str = "video.mp4",
        num_frames: int = 20,
        size: tuple[int, int] = (48, 32),
        *,
        codec: str = "libx264",
        times: list[int] | None = None,
        rotation: int = 0,
        keyframe_every: int = 5,
        options: dict[str, str] | None = None,
    ) -> Path:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with av.open(str(path), "w", options=options or {}) as container:
            stream = container.add_stream(codec, rate=25)
            stream.width, stream.height = size
            stream.pix_fmt = "yuv420p"
            stream.thread_count = 1  # threads take longer to start than such videos to write
            stream.gop_size = keyframe_every
            stream.bit_rate = 8_000_000  # so that mpeg4 keeps the gray levels exact
            stream.codec_context.time_base = Fraction(1, 100)
            if rotation:
                stream.set_display_rotation(rotation)
            for index in range(num_frames):
                image = np.full((size[1], size[0], 3), 20 + 4 * (index % 55), np.uint8)
                if rotation:
                    image[: size[1] // 2] = 0
                frame = av.VideoFrame.from_ndarray(image, format="rgb24")
                frame.time_base = Fraction(1, 100)
                frame.pts = times[index] if times else 4 * index
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
        return path

    return write


@pytest.fixture
def write_video(tmp_path: Path) -> WriteVideo:
    """Writes a video whose frame k has gray level 20 + 4 (k mod 55), and returns its path."""
    return video_writer(tmp_path)


@pytest.fixture
def write_frames(tmp_path: Path) -> Callable[[str, int], Path]:
    """Writes a folder of frames img_00001.jpg and so on, and returns it."""

    def write(name: str, num_frames: int) -> Path:
        folder = tmp_path / name
        folder.mkdir(parents=True)
        for number in range(1, num_frames + 1):
            image = np.full((32, 48, 3), 20 + 4 * number, np.uint8)
            cv2.imwrite(str(folder / f"img_{number:05d}.jpg"), image)
        return folder

    return write


@pytest.fixture(scope="session")
def class_folders_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Writes videos/{fall,rise}/{0..5}.mp4 and returns the folder; tests take copies."""
    folder = tmp_path_factory.mktemp("class_folders")
    for label in ("fall", "rise"):
        for index in range(6):
            video_writer(folder)(f"videos/{label}/{index}.mp4", num_frames=8 + index)
    return folder / "videos"


@pytest.fixture
def class_folders(class_folders_once: Path, tmp_path: Path) -> Path:
    """Returns a folder videos/ with {fall,rise}/{0..5}.mp4."""
    return Path(shutil.copytree(class_folders_once, tmp_path / "videos"))


class SameProcess:
    """Stands in for ``ProcessPoolExecutor``: works at once, on what a process would be sent."""

    def __init__(self, *_: object, **__: object) -> None: ...

    def __enter__(self) -> "SameProcess":
        return self

    def __exit__(self, *_: object) -> None: ...

    def submit(self, function: Callable[..., object], *arguments: object) -> Future[object]:
        future: Future[object] = Future()
        received, sent = pickle.loads(pickle.dumps((function, arguments)))
        try:
            future.set_result(pickle.loads(pickle.dumps(received(*sent))))
        except Exception as error:
            future.set_exception(error)
        return future

    def shutdown(self, **_: object) -> None: ...


@pytest.fixture
def same_process(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reads videos in this process, as a new one costs a second; not with ``worker_processes``."""
    if "worker_processes" not in request.fixturenames:
        monkeypatch.setattr("mienet.curation.pool.ProcessPoolExecutor", SameProcess)


@pytest.fixture
def worker_processes() -> None:
    """Lets a test start processes as a user does, though its file uses ``same_process``."""


@pytest.fixture(scope="session")
def traced_once() -> Iterator[None]:
    """Traces a network once for all exports of it, and converts it once to ONNX: seconds each."""
    trace, convert = torch.export.export, torch.onnx.export
    graphs: dict[str, Any] = {}
    converted: dict[int, Any] = {}

    def trace_once(network: torch.nn.Module, example: tuple[torch.Tensor], **options: Any) -> Any:
        weights = {
            name: (value.dtype, float(value.double().sum()), float(value.double().square().sum()))
            for name, value in network.state_dict().items()
        }
        key = f"{network} {weights} {[part.shape for part in example]} {options}"
        if key not in graphs:
            graphs[key] = trace(network, example, **options)
        return graphs[key]

    def convert_once(program: Any, **options: Any) -> Any:
        if id(program) not in converted:
            converted[id(program)] = convert(program, **options)
        return converted[id(program)]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("torch.export.export", trace_once)
        patch.setattr("torch.onnx.export", convert_once)
        yield


def make_recognizer(builder: Callable[..., SegmentNetwork] = mie_net) -> NetworkRecognizer:
    """Returns an untrained network, always the same, for fall and rise at 32 pixels."""
    torch.manual_seed(0)
    network = builder(2, "resnet18", num_segments=2)
    torch.nn.init.normal_(network.head.weight)
    clip_format = ClipFormat(2, network.frames_per_segment, 36, 32)
    return NetworkRecognizer(network, ["fall", "rise"], clip_format).eval()


def with_known(model: Path, cosine_sign: float, num_validated: int = 40) -> Path:
    """Gives a model one training clip of each class, like every clip (1) or unlike all (-1).

    It was right in validation, and a tenth of the familiarities was below 0.5.
    """
    recognizer = load_network(model)
    width = 2 * recognizer.network.num_features
    directions = torch.full((2, width), cosine_sign * width**-0.5).half()
    scores = torch.full((num_validated,), 0.5)
    scores[: num_validated // 10] = 0
    recognizer.known_clips = KnownClips(directions, torch.arange(2), scores, scores >= 0)
    recognizer.save(model)
    return model


def make_timeline_recognizer() -> NetworkTimelineRecognizer:
    """Returns an untrained model of recordings, always the same.

    For dark, light and the event dawn; its windows are of 3 positions every 2 frames, so 8 frames.
    """
    torch.manual_seed(0)
    network = TimelineNetwork(
        2, 1, temporal="none", num_segments=3, head_width=8, normalization="window"
    )
    torch.nn.init.normal_(network.head.weight)
    reading = RecordingFormat(3, 4, 2, 25.0, 32, 32)
    made = NetworkTimelineRecognizer(network, ["dark", "light"], ["dawn"], reading)
    made.order = PhaseOrder((0.2, 0.08, 0.0), np.ones((3, 3), np.bool_))
    made.event_thresholds = [0.25]
    return made.eval()


@pytest.fixture
def recognizer() -> NetworkRecognizer:
    """Returns an untrained MIE-Net for the classes fall and rise at 32 pixels."""
    return make_recognizer()


@pytest.fixture(scope="session")
def model_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns a model's folder; tests take copies."""
    folder = tmp_path_factory.mktemp("saved")
    make_recognizer().save(folder / "model")
    return folder / "model"


@pytest.fixture
def model(model_once: Path, tmp_path: Path) -> Path:
    """Returns a model's folder."""
    torch.manual_seed(0)
    return Path(shutil.copytree(model_once, tmp_path / "model"))


@pytest.fixture
def full_model(published_networks: None, tmp_path: Path) -> Path:
    """Returns a model's folder for another process, where networks are as published."""
    make_recognizer().save(tmp_path / "model")
    return tmp_path / "model"


def made_once(
    tmp_path_factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]
) -> Path:
    """Returns a folder that the first process to ask for it makes, for all that run tests."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if base.name.startswith("popen-") else base  # where pytest-xdist runs
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / name).exists():
            (shared / f"{name}.partial").mkdir()
            make(shared / f"{name}.partial")
            (shared / f"{name}.partial").rename(shared / name)
    return shared / name


def export_to(folder: Path) -> None:
    """Exports an untrained model in the format that needs no extra."""
    (folder / "frames").mkdir()
    for number in range(9):
        image = np.full((40, 50, 3), 20 * number, np.uint8)
        cv2.imwrite(str(folder / f"frames/{number}.png"), image)
    make_recognizer().save(folder / "model")
    export(folder / "model", folder / "exported", format="torch", data=folder / "frames")


@pytest.fixture(scope="session")
def exported_once(tmp_path_factory: pytest.TempPathFactory, traced_once: None) -> Path:
    """Returns the folder of an exported model; tests take copies."""
    return made_once(tmp_path_factory, "exported", export_to) / "exported"


@pytest.fixture
def exported(exported_once: Path, tmp_path: Path) -> Path:
    """Returns a copy of the exported model."""
    return Path(shutil.copytree(exported_once, tmp_path / "exported"))
