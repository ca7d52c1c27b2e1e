"""Tiny generated videos, and a small trained-looking model, for all tests."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
import torch

from mienet.data.clips import ClipFormat
from mienet.models import mie_net
from mienet.models.network import SegmentNetwork
from mienet.recognizer import NetworkRecognizer

WriteVideo = Callable[..., Path]


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Tests run side by side, one per CPU."""
    torch.set_num_threads(1)


def frame_number(image: np.ndarray) -> int:
    """Returns the number, up to 54, that ``write_video`` drew into a frame as its gray level."""
    return round((float(image.mean()) - 20) / 4)


@pytest.fixture
def write_video(tmp_path: Path) -> WriteVideo:
    """Writes a video whose frame k has gray level 20 + 4 (k mod 55), and returns its path."""

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
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with av.open(str(path), "w", options=options or {}) as container:
            stream = container.add_stream(codec, rate=25)
            stream.width, stream.height = size
            stream.pix_fmt = "yuv420p"
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


@pytest.fixture
def class_folders(tmp_path: Path, write_video: WriteVideo) -> Path:
    """Writes videos/{fall,rise}/{0..5}.mp4 and returns the folder."""
    for label in ("fall", "rise"):
        for index in range(6):
            write_video(f"videos/{label}/{index}.mp4", num_frames=8 + index)
    return tmp_path / "videos"


def make_recognizer(network: SegmentNetwork | None = None) -> NetworkRecognizer:
    """Returns an untrained network, a MIE-Net by default, for fall and rise at 32 pixels."""
    torch.manual_seed(0)
    network = network or mie_net(2, "resnet18", num_segments=2)
    torch.nn.init.normal_(network.head.weight)
    clip_format = ClipFormat(2, network.frames_per_segment, 36, 32)
    return NetworkRecognizer(network, ["fall", "rise"], clip_format).eval()


@pytest.fixture
def recognizer() -> NetworkRecognizer:
    """Returns an untrained MIE-Net for the classes fall and rise at 32 pixels."""
    return make_recognizer()


@pytest.fixture
def model(tmp_path: Path, recognizer: NetworkRecognizer) -> Path:
    """Returns a model's folder."""
    recognizer.save(tmp_path / "model")
    return tmp_path / "model"
