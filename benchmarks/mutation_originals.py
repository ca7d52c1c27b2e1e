"""Makes the files that ``mutations.py`` changes: small models, lists of all forms, tiny videos."""

import json
import re
import shutil
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import torch

from mienet import export, mie_net
from mienet.data.clips import ClipFormat
from mienet.recognizer import NetworkRecognizer

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


def make_originals(folder: Path) -> None:
    """Writes all originals into ``folder``, which is emptied."""
    shutil.rmtree(folder, ignore_errors=True)
    torch.manual_seed(0)
    (folder / "videos").mkdir(parents=True)
    for name, codec in VIDEOS.items():
        make_video(folder / "videos" / name, codec)
    make_models(folder)
    make_lists(folder)


def make_video(path: Path, codec: str) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25)
        stream.width, stream.height = 64, 48
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.gop_size = 5
        stream.codec_context.time_base = Fraction(1, 25)
        for index in range(20):
            image = np.full((48, 64, 3), 20 + 10 * index, np.uint8)
            image[index : index + 10, : 3 * index] = 255
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode())


def make_models(folder: Path) -> None:
    network = mie_net(2, "resnet18", num_segments=2)
    torch.nn.init.normal_(network.head.weight)
    clip_format = ClipFormat(2, 4, 36, 32)
    NetworkRecognizer(network, ["fall", "rise"], clip_format).save(folder / "model")
    video = folder / "videos/h264.mp4"
    export(folder / "model", folder / "exported", format="onnx", data=video)
    state = {f"module.{released_name(name)}": t for name, t in network.state_dict().items()}
    content = {"epoch": 1, "arch": "resnet18", "state_dict": state, "best_prec1": 50.0}
    (folder / "released").mkdir()
    torch.save(content, folder / "released/ckpt.pth.tar")


def released_name(name: str) -> str:
    for pattern, released in _RELEASED_NAMES:
        if match := re.fullmatch(pattern, name):
            return match.expand(released)
    raise ValueError(f"{name}: no released name")


def make_lists(folder: Path) -> None:
    names = [f"{number}.mp4" for number in range(12)]
    for where in ("lists", "dataset", "diving48/videos", "something-v2/videos"):
        (folder / where).mkdir(parents=True)
        for name in names:
            (folder / where / name).write_bytes(b"")
    labels = [("fall", "rise")[number % 2] for number in range(12)]
    pairs = list(zip(names, labels, strict=True))
    rows = "".join(f"{name},{label}\n" for name, label in pairs)
    (folder / "lists/list.csv").write_text("path,label\n" + rows)
    spans = "".join(f"{name},{label},0.5,{n + 1}.25\n" for n, (name, label) in enumerate(pairs))
    (folder / "lists/spans.csv").write_text("path,label,start_seconds,end_seconds\n" + spans)
    rows_of_tsn = "".join(f"{name} 20 {n % 2}\n" for n, name in enumerate(names))
    (folder / "lists/list.txt").write_text(rows_of_tsn)
    (folder / "dataset/train.csv").write_text("path,label\n" + rows)
    content = {
        "videos": str(folder / "dataset"),
        "classes": ["fall", "rise"],
        "frame_pattern": None,
        "made": {"command": "prepare", "seed": 0},
        "left_out": {"13.mp4": "broken"},
    }
    (folder / "dataset/dataset.json").write_text(json.dumps(content, indent=2))
    make_published(folder)


def make_published(folder: Path) -> None:
    diving = [
        {"vid_name": str(n), "label": n % 2, "start_frame": 0, "end_frame": 20} for n in range(12)
    ]
    something = [
        {"id": str(n), "template": "Pushing [something]", "placeholders": ["a cup"]}
        for n in range(12)
    ]
    contents = {
        "diving48/lists/Diving48_train.json": diving,
        "diving48/lists/Diving48_vocab.json": [["Back", "15som"], ["Inward", "PIKE"]],
        "something-v2/lists/train.json": something,
        "something-v2/lists/labels.json": {"Pushing something": "0", "Holding something": "1"},
    }
    for name, content in contents.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(content))
