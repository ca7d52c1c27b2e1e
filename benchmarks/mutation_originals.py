"""Makes the files that ``mutations.py`` changes: tiny models and videos, annotations."""

import re
import shutil
from collections.abc import Collection
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import torch
from annotation_originals import make_annotations

from mienet import export, mie_net
from mienet.data.clips import ClipFormat
from mienet.data.recording_format import RecordingFormat
from mienet.familiarity import KnownClips, directions
from mienet.models import resnet
from mienet.models.network import SegmentNetwork
from mienet.models.timeline_network import TimelineNetwork
from mienet.recognizer import NetworkRecognizer
from mienet.timeline_recognizer import NetworkTimelineRecognizer

WIDTH, HEIGHT, FRAMES = 48, 32, 8

VIDEOS = {
    "h264.mp4": "libx264",
    "h264.mkv": "libx264",
    "h264.ts": "libx264",
    "h264.flv": "libx264",
    "mpeg4.mp4": "mpeg4",
    "mpeg4.avi": "mpeg4",
    "mpeg4.mov": "mpeg4",
    "mjpeg.avi": "mjpeg",
    "mpeg2.mpg": "mpeg2video",
    "vp8.webm": "libvpx",
    "vp9.webm": "libvpx-vp9",
    "wmv2.wmv": "wmv2",
    "msmpeg4.avi": "msmpeg4",
}
"""A codec for each container."""

_RELEASED_NAMES = (
    (r"fusion\.weights", "w"),
    (r"motion\.conv\.weight", "PA.shallow_conv.weight"),
    (r"backbone\.(layer\d\.\d+)\.attention\.project\.(.+)", r"base_model.\1.tlam.p1_conv1.\2"),
    (r"backbone\.(layer\d\.\d+)\.attention\.excite\.(.+)", r"base_model.\1.tlam.dptam.\2"),
    (r"backbone\.(layer\d\.\d+)\.(.+)", r"base_model.\1.net.\2"),
    (r"backbone\.(.+)", r"base_model.\1"),
    (r"head\.(.+)", r"new_fc.\1"),
)


def shrink_networks() -> None:
    """Makes ResNet-18 small, so that a case costs milliseconds: 4 blocks, from 8 channels on."""
    resnet.WIDTH = 8
    resnet.ARCHITECTURES["resnet18"] = (resnet.BasicBlock, (1, 1, 1, 1))


def make_originals(folder: Path, groups: Collection[str]) -> None:
    """Writes the originals of some groups into ``folder``, which is emptied."""
    shutil.rmtree(folder, ignore_errors=True)
    torch.manual_seed(0)
    (folder / "videos").mkdir(parents=True)
    if "annotations" in groups:
        make_annotations(folder)
    if set(groups) == {"annotations"}:
        return
    for name, codec in VIDEOS.items():
        make_video(folder / "videos" / name, codec)
    make_frames(folder / "frames")
    network = make_model(folder / "model")
    make_recordings_model(folder / "timeline")
    if "pth.tar" in groups:
        make_released(network, folder / "released")
    video = folder / "videos/h264.mp4"
    if {"safetensors", "onnx", "model.json"} & set(groups):
        export(folder / "model", folder / "exported", format="onnx", data=video)
    if {"onnx", "model.json"} & set(groups):
        export(folder / "timeline", folder / "timeline_exported", format="onnx", data=video)
    if "openvino" in groups:
        export(folder / "model", folder / "openvino", format="openvino", data=video)


def make_video(path: Path, codec: str) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25)
        stream.width, stream.height = WIDTH, HEIGHT
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.gop_size = 4
        stream.codec_context.time_base = Fraction(1, 25)
        for index in range(FRAMES):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image(index), format="rgb24")))
        container.mux(stream.encode())


def image(index: int) -> np.ndarray:
    """Returns a frame, ``(HEIGHT, WIDTH, 3)`` in RGB."""
    drawn = np.full((HEIGHT, WIDTH, 3), 20 + 20 * index, np.uint8)
    drawn[index : index + 10, : 4 * index] = 255
    return drawn


def make_frames(folder: Path) -> None:
    """Writes frames as images, which are read as one video."""
    folder.mkdir()
    for index in range(FRAMES):
        cv2.imwrite(str(folder / f"img_{index:05}.jpg"), image(index))


def make_model(folder: Path) -> SegmentNetwork:
    network = mie_net(2, "resnet18", num_segments=2)
    torch.nn.init.normal_(network.head.weight)
    recognizer = NetworkRecognizer(network, ["fall", "rise"], ClipFormat(2, 4, 36, 32))
    known = directions(torch.rand(4, network.num_segments, network.num_features))
    familiarity = torch.linspace(0.1, 0.9, 6)
    labels = torch.tensor([0, 1, 0, 1])
    recognizer.known_clips = KnownClips(known, labels, familiarity, familiarity > 0.4)
    recognizer.save(folder)
    return network


def make_released(network: SegmentNetwork, folder: Path) -> None:
    """Writes a checkpoint as the authors would, with today's PyTorch and as before PyTorch 1.6."""
    state = {f"module.{released_name(name)}": t for name, t in network.state_dict().items()}
    content = {"epoch": 1, "arch": "resnet18", "state_dict": state, "best_prec1": 50.0}
    folder.mkdir()
    torch.save(content, folder / "ckpt.pth.tar")
    torch.save(content, folder / "old.pth.tar", _use_new_zipfile_serialization=False)


def make_recordings_model(folder: Path) -> None:
    network = TimelineNetwork(
        2, 1, temporal="none", num_segments=3, head_width=8, normalization="window"
    )
    torch.nn.init.normal_(network.head.weight)
    reading = RecordingFormat(3, 4, 2, 25.0, 32, 32)
    made = NetworkTimelineRecognizer(network, ["dark", "light"], ["dawn"], reading)
    made.event_thresholds = [0.25]
    made.save(folder)


def released_name(name: str) -> str:
    for pattern, released in _RELEASED_NAMES:
        if match := re.fullmatch(pattern, name):
            return match.expand(released)
    raise ValueError(f"{name}: no released name")
