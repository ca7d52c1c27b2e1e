"""Which files ``mutations.py`` changes, how, and how mienet reads each."""

import math
import re
import zlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import mutated_files
import mutated_models
import torch
from mutated_files import Mutation

from mienet import load
from mienet.curation.probe import probe_video
from mienet.data.manifest import read_prepared
from mienet.data.resolve import read_labeled
from mienet.errors import MienetError, VideoError
from mienet.labeling.timeline_formats import read_timelines
from mienet.loading import read_network
from mienet.models.checkpoints import load_checkpoint
from mienet.models.network import SegmentNetwork
from mienet.models.timeline_network import TimelineNetwork
from mienet.timeline_recognizer import TimelineRecognizer
from mienet.timelines.recording import RecordingOptions
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
    return digest_of(network.state_dict()), network.options


def digest_of(tensors: Mapping[str, torch.Tensor]) -> int:
    digest = 0
    for tensor in tensors.values():
        digest = zlib.crc32(tensor.reshape(-1).view(torch.uint8).numpy().data, digest)
    return digest


def read_weights(path: Path) -> Any:
    return weights_of(load_checkpoint(path))


def read_model(path: Path) -> Any:
    recognizer = read_network(path)
    if isinstance(recognizer, TimelineRecognizer):
        names = recognizer.phases, recognizer.events
        return weights_of(recognizer.network), names, recognizer.recording_format
    known = recognizer.known_clips
    return (
        weights_of(recognizer.network),
        recognizer.classes,
        recognizer.clip_format,
        known and digest_of(known.tensors()),
    )


@torch.inference_mode()
def read_export(path: Path) -> Any:
    recognizer = load(path.parent)
    if isinstance(recognizer, TimelineRecognizer):
        reading = recognizer.recording_format
        logits = recognizer.window_logits(_inputs(reading.window_shape))
        return logits.tolist(), recognizer.phases, recognizer.events, reading
    logits, features = recognizer.view_outputs(_inputs(recognizer.clip_format.clip_shape))
    found: list[Any] = [logits.tolist(), recognizer.classes, recognizer.clip_format]
    if (known := recognizer.known_clips) is not None:
        assert features is not None
        familiarity = known.familiarity(features, logits.argmax(1))
        found += [digest_of(known.tensors()), str(familiarity)]
    return found


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


class ReadVideo:
    """Reads a video as ``predict``, ``timeline`` and ``check`` do, with models loaded once.

    It counts as refused if one of the three refuses it; all three are tried.
    """

    def __init__(self, originals: Path) -> None:
        self.originals = originals

    @cached_property
    def clips(self) -> Any:
        return load(self.originals / "model")

    @cached_property
    def recordings(self) -> Any:
        return load(self.originals / "timeline")

    def __call__(self, path: Path) -> Any:
        video = path.parent if path.suffix == ".jpg" else path
        found, refused = [], []
        for read in (self.predict, self.timeline, self.check):
            try:
                found.append(read(video))
            except (MienetError, OSError) as error:
                refused.append(error)
        if refused:
            raise refused[0]
        return found

    def predict(self, video: Path) -> Any:
        return [round(p, 3) for p in self.clips.predict(video).probabilities]

    def timeline(self, video: Path) -> Any:
        # Images have no clock of their own.
        reading = RecordingOptions(capture_fps=25 if video.is_dir() else None)
        found = self.recordings.timeline(video, reading)
        return found.probabilities.round(3).tolist(), found.phases, found.events

    def check(self, video: Path) -> Any:
        probe = probe_video(str(video))
        if re.search(r"cannot be read \(\w+: ", probe.problem):  # it catches errors of any kind
            raise AssertionError(probe.problem)
        if probe.problem:
            raise VideoError(probe.problem)
        return probe.num_frames, probe.look, probe.notes


def kinds(originals: Path, groups: Collection[str]) -> list[Kind]:
    """Returns the kinds of some groups, whose originals lie in a folder."""
    found = _models()
    if "annotations" in groups:
        found += [*_lists(), *_recordings(originals / "recordings")]
    read = ReadVideo(originals)
    change = mutated_files.change_bytes
    found += [
        Kind("videos", path.name, "videos", change, read)
        for path in sorted((originals / "videos").glob("*.*"))
    ]
    found.append(Kind("videos", "img_00003.jpg", "frames", change, read))
    return [kind for kind in found if kind.group in groups]


def _models() -> list[Kind]:
    files, models, sign = mutated_files, mutated_models, mutated_models.sign_export
    ours, known = "model.safetensors", "known_clips.safetensors"
    return [
        Kind("safetensors", ours, "model", files.change_bytes, read_model, True),
        *(
            Kind("safetensors", ours, folder, how, read_model)
            for folder in ("model", "timeline")
            for how in (models.change_description, models.change_tensors, models.change_values)
        ),
        Kind("safetensors", known, "exported", files.change_bytes, read_export, True),
        Kind("safetensors", known, "exported", models.change_tensors, read_export, after=sign),
        Kind("safetensors", known, "exported", models.change_values, read_export, after=sign),
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
