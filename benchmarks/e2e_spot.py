"""Frames per second against E2E-Spot's own code with its rn18_tsm network, on a CPU.

    git clone https://github.com/jhong93/spot CLONE
    python benchmarks/e2e_spot.py CLONE

One recording of 340x256 at 30 frames per second, random weights, everything in one run, the ways
by turns, the fastest of some rounds of each. Ours begins at the H.264 file and ends at the
timeline. E2E-Spot's is what its ``test_e2e.py`` calls: frames of 224 pixels' height, every frame,
clips of 100 that overlap by half, up to events. It begins at extracted JPGs: extracting them, once
and with its own script, is not counted. It is measured as published (4 clips at a time, 8 processes
that read) and with settings that suit a small CPU better (1 and 2); ratios are to the faster one.

Its code is run unchanged, but for stand-ins of torchvision and timm: ``torchvision_stand_in.py``.
On a CPU its autocast, which is CUDA's, is off: float32, as ours.
"""

import argparse
import contextlib
import io
import json
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import cv2
import torch
import torchvision_stand_in
from recording_speed import FPS, SIZE, make_model, timed, write_recording

from mienet.workflows.benchmark import describe_machine

ROUNDS = 3
NAME = "recording"
CLASSES = {"d": 1, "e": 2}
CLIP_LENGTH = 100
PIXELS = 224
SETTINGS = ((4, 8), (1, 2))
"""Clips at a time, and processes that read: as published, and for a small CPU."""
OURS = ((112, 2), (112, 1), (224, 1))
"""Pixels, and frames from one position to the next."""


@dataclass(frozen=True)
class Way:
    """One way from a recording to its events."""

    name: str
    pixels: int
    stride: int
    work: Callable[[], object]


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Hides what E2E-Spot's code prints, and that PyTorch renamed things since its version."""
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        yield


def import_theirs(clone: Path) -> None:
    torchvision_stand_in.install()
    sys.path.insert(0, str(clone))
    threads = cv2.getNumThreads()
    try:
        with quietly():
            import_module("train_e2e")
            import_module("frames_as_jpg")
    except ModuleNotFoundError as error:
        raise SystemExit(f"{clone} needs {error.name}: pip install {error.name}") from error
    cv2.setNumThreads(threads)  # which their script sets to none, for ours as well


def extract_frames(video: Path, folder: Path, num_frames: int) -> None:
    script = import_module("frames_as_jpg")
    out = str(folder / NAME)
    script.extract_frames(script.Task(NAME, str(video), out, 0, num_frames, FPS, PIXELS))


def theirs(folder: Path, num_frames: int) -> list[Way]:
    """Returns E2E-Spot's inference in each of ``SETTINGS``, over the frames in a folder."""
    code = import_module("train_e2e")
    labels = folder / "test.json"
    about = {"video": NAME, "num_frames": num_frames, "num_events": 0, "events": [], "fps": FPS}
    labels.write_text(json.dumps([about | {"width": SIZE[0], "height": SIZE[1]}]))
    with quietly():
        model = code.E2EModel(
            len(CLASSES) + 1, "rn18_tsm", "gru", clip_len=CLIP_LENGTH, modality="rgb", device="cpu"
        )
        dataset = code.ActionSpotVideoDataset(
            CLASSES,
            str(labels),
            str(folder),
            "rgb",
            CLIP_LENGTH,
            overlap_len=CLIP_LENGTH // 2,
            crop_dim=PIXELS,
        )

    def evaluate(clips: int, processes: int) -> None:
        code.INFERENCE_BATCH_SIZE = clips
        code.BASE_NUM_WORKERS = processes // 2  # it starts twice as many
        with quietly():
            code.evaluate(model, dataset, "TEST", CLASSES, None, calc_stats=False)

    return [
        Way(
            f"E2E-Spot, {clips} at a time, {processes} readers",
            PIXELS,
            1,
            lambda setting=(clips, processes): evaluate(*setting),
        )
        for clips, processes in SETTINGS
    ]


def ours(folder: Path, video: Path) -> list[Way]:
    """Returns ``TimelineRecognizer.timeline`` with ResNet-18, in each of ``OURS``."""
    ways = []
    for pixels, stride in OURS:
        model = make_model(folder / f"{pixels}-{stride}", "resnet18", pixels, stride)
        ways.append(Way("mienet", pixels, stride, lambda model=model: model.timeline(video)))
    return ways


def print_table(ways: list[Way], best_seconds: list[float], recording_seconds: float) -> None:
    baseline = min(best_seconds[: len(SETTINGS)])
    print("| ResNet-18 | pixels | stride | seconds | frames/s | times real time | ratio |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for way, seconds in zip(ways, best_seconds, strict=True):
        speed = recording_seconds / seconds
        print(
            f"| {way.name} | {way.pixels} | {way.stride} | {seconds:.2f} | "
            f"{speed * FPS:.1f} | {speed:.2f} | **{baseline / seconds:.2f}** |"
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clone", type=Path, help="a clone of github.com/jhong93/spot")
    parser.add_argument(
        "--seconds",
        type=float,
        default=10,
        help="length of the recording; in much shorter ones E2E-Spot computes clips half empty",
    )
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="of which the fastest counts")
    options = parser.parse_args()
    if not (options.clone / "train_e2e.py").is_file():
        parser.error(f"{options.clone}: no train_e2e.py there; clone github.com/jhong93/spot")
    num_frames = round(options.seconds * FPS)
    import_theirs(options.clone)
    print(f"{describe_machine(torch.device('cpu'))}; {num_frames} frames, {options.rounds} rounds")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        video = folder / f"{NAME}.mp4"
        write_recording(video, options.seconds)
        extracting = timed(lambda: extract_frames(video, folder, num_frames))
        ways = theirs(folder, num_frames) + ours(folder, video)
        rounds = [[timed(way.work) for way in ways] for _ in range(options.rounds)]
    best_seconds = [min(times) for times in zip(*rounds, strict=True)]
    print_table(ways, best_seconds, num_frames / FPS)
    print(f"Not counted: extracting the frames for E2E-Spot, {extracting:.2f} s, once a recording.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
