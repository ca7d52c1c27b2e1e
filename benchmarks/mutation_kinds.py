"""Which files ``mutations.py`` changes, how, and how mienet reads each."""

import math
import zlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mutated_files
import mutated_models
import torch
from mutated_files import Mutation

from mienet import load
from mienet.data.manifest import read_prepared
from mienet.data.resolve import read_labeled
from mienet.labeling.timeline_formats import read_timelines
from mienet.loading import read_network
from mienet.models.checkpoints import load_checkpoint
from mienet.models.network import SegmentNetwork
from mienet.models.timeline_network import TimelineNetwork
from mienet.timeline_recognizer import TimelineRecognizer
from mienet.video.reader import open_video
from mienet.workflows.prepare_source import read_source

GROUPS = ("safetensors", "pth.tar", "model.json", "onnx", "openvino", "annotations", "videos")


@dataclass(frozen=True)
class Kind:
    """Files of one kind: which one is changed, how, and how it is read.

    Attributes:
        group: One of ``GROUPS``.
        name: The file that is changed, in a copy of ``folder``.
        folder: What it lies in.
        change: How it is changed.
        read: From its path to what it says, comparable.
        can_tell: Whether a checksum tells it from the original.
        after: What else is written after the change.
    """

    group: str
    name: str
    folder: str
    change: Mutation
    read: Callable[[Path], Any]
    can_tell: bool = False
    after: Callable[[Path], None] | None = None

    @property
    def title(self) -> str:
        """Returns how the kind is called in the table."""
        name = f"{self.folder}/{self.name} {self.change.__name__.removeprefix('change_')}"
        return name + " signed" * bool(self.after)


def weights_of(network: SegmentNetwork | TimelineNetwork) -> Any:
    digest = 0
    for tensor in network.state_dict().values():
        digest = zlib.crc32(tensor.reshape(-1).view(torch.uint8).numpy().data, digest)
    return digest, network.options


def read_weights(path: Path) -> Any:
    return weights_of(load_checkpoint(path))


def read_model(path: Path) -> Any:
    recognizer = read_network(path)
    if isinstance(recognizer, TimelineRecognizer):
        names = recognizer.phases, recognizer.events
        return weights_of(recognizer.network), names, recognizer.recording_format
    return weights_of(recognizer.network), recognizer.classes, recognizer.clip_format


@torch.inference_mode()
def read_export(path: Path) -> Any:
    recognizer = load(path.parent)
    if isinstance(recognizer, TimelineRecognizer):
        reading = recognizer.recording_format
        logits = recognizer.window_logits(_inputs(reading.window_shape))
        return logits.tolist(), recognizer.phases, recognizer.events, reading
    logits = recognizer(_inputs(recognizer.clip_format.clip_shape))
    return logits.tolist(), recognizer.classes, recognizer.clip_format


def _inputs(shape: tuple[int, ...]) -> torch.Tensor:
    """Returns one input of a shape, uint8."""
    return torch.arange(math.prod(shape)).reshape(1, *shape).to(torch.uint8)


def read_list(path: Path) -> Any:
    annotations = read_labeled(path)
    return annotations.classes, annotations.records


def read_dataset(path: Path) -> Any:
    dataset = read_prepared(path.parent)
    return [dataset.read(name) for name in dataset.lists()]


def read_published(name: str) -> Callable[[Path], Any]:
    return lambda path: (
        read_source(name, path.parents[1] / "videos", [path.parent], None, None).splits
    )


def read_recordings(path: Path) -> Any:
    return read_timelines(path, fps=25).videos


class Predict:
    """Reads a video as ``predict`` does, and counts its frames, with a model loaded once."""

    def __init__(self, model: Path) -> None:
        self.model = model
        self.recognizer: Any = None

    def __call__(self, path: Path) -> Any:
        if self.recognizer is None:
            self.recognizer = load(self.model)
        video_path = path.parent if path.suffix == ".jpg" else path
        prediction = self.recognizer.predict(video_path)
        with open_video(video_path) as video:
            return video.num_frames, [round(p, 3) for p in prediction.probabilities]


def kinds(originals: Path, groups: Collection[str]) -> list[Kind]:
    """Returns the kinds of some groups, whose originals lie in a folder."""
    found = _models()
    if "annotations" in groups:
        found += [*_lists(), *_recordings(originals / "recordings")]
    predict = Predict(originals / "model")
    change = mutated_files.change_bytes
    found += [
        Kind("videos", path.name, "videos", change, predict)
        for path in sorted((originals / "videos").glob("*.*"))
    ]
    found.append(Kind("videos", "img_00003.jpg", "frames", change, predict))
    return [kind for kind in found if kind.group in groups]


def _models() -> list[Kind]:
    files, models, sign = mutated_files, mutated_models, mutated_models.sign_onnx
    ours = "model.safetensors"
    return [
        Kind("safetensors", ours, "model", files.change_bytes, read_model, True),
        *(
            Kind("safetensors", ours, folder, how, read_model)
            for folder in ("model", "timeline")
            for how in (models.change_description, models.change_tensors, models.change_values)
        ),
        Kind("pth.tar", "ckpt.pth.tar", "released", files.change_bytes, read_weights, True),
        Kind("pth.tar", "ckpt.pth.tar", "released", models.change_pickle, read_weights),
        Kind("pth.tar", "old.pth.tar", "released", models.change_old_pickle, read_weights),
        *(
            kind
            for folder in ("exported", "timeline_exported")
            for kind in (
                Kind("model.json", "model.json", folder, files.change_json, read_export, True),
                Kind("model.json", "model.json", folder, models.change_unsigned, read_export),
                Kind("onnx", "model.onnx", folder, files.change_bytes, read_export, True),
                Kind("onnx", "model.onnx", folder, files.change_bytes, read_export, after=sign),
                Kind("onnx", "model.onnx", folder, models.change_graph, read_export, after=sign),
            )
        ),
        Kind("openvino", "model.xml", "openvino", files.change_text, read_export, after=sign),
        Kind("openvino", "model.bin", "openvino", files.change_bytes, read_export, after=sign),
    ]


def _lists() -> list[Kind]:
    fields, json = mutated_files.change_fields, mutated_files.change_json
    return [
        Kind("annotations", "list.csv", "lists", fields, read_list),
        Kind("annotations", "spans.csv", "lists", fields, read_list),
        Kind("annotations", "list.txt", "lists", fields, read_list),
        Kind("annotations", "dataset.json", "dataset", json, read_dataset),
        Kind("annotations", "train.csv", "dataset", fields, read_dataset),
        *(
            Kind("annotations", f"lists/{name}", format, how, read_published(format))
            for format, name, how in (
                ("diving48", "Diving48_train.json", json),
                ("diving48", "Diving48_vocab.json", json),
                ("something-v2", "train.json", json),
                ("something-v2", "labels.json", json),
                ("kinetics", "train.csv", fields),
                ("ucf101", "classInd.txt", fields),
                ("ucf101", "trainlist01.txt", fields),
                ("hmdb51", "fall_test_split1.txt", fields),
            )
        ),
    ]


def _recordings(folder: Path) -> list[Kind]:
    files = mutated_files
    how = {
        ".json": files.change_json,
        ".boris": files.change_json,
        ".gz": files.change_gzip,
        ".xlsx": files.change_sheet,
    }
    names = sorted(path.name for path in folder.iterdir())
    return [
        Kind(
            "annotations",
            name,
            "recordings",
            how.get(Path(name).suffix, files.change_text),
            read_recordings,
        )
        for name in names
    ]
