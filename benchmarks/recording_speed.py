"""How fast a network for recordings is, and what it takes of memory: no trained weights are needed.

    .venv/bin/python benchmarks/recording_speed.py                  # speeds, and what PA saves
    .venv/bin/python benchmarks/recording_speed.py --model FOLDER   # of a model, exported or not
    .venv/bin/python benchmarks/recording_speed.py --minutes 30     # memory on a long recording

Recordings are 340x256 at 30 frames per second, drawn noise that moves, as H.264.
"""

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path

import av
import cv2
import numpy as np
import torch

from mienet.data.recording_format import RecordingFormat
from mienet.loading import load
from mienet.models import PersistenceOfAppearance
from mienet.models.timeline_network import TimelineNetwork
from mienet.timeline_recognizer import NetworkTimelineRecognizer, TimelineRecognizer
from mienet.timelines.recording import RecordingOptions

SIZE = (340, 256)
FPS = 30
NETWORKS = (("resnet18", 112), ("resnet50", 224))
ROUNDS = 3


def write_recording(path: Path, seconds: float) -> None:
    generator = np.random.default_rng(0)
    noise = generator.integers(0, 255, (SIZE[1] // 8, SIZE[0], 3), np.uint8)
    picture = cv2.resize(noise, (2 * SIZE[0], SIZE[1]), interpolation=cv2.INTER_CUBIC)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", FPS, options={"preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for number in range(round(seconds * FPS)):
            shift = 2 * number % SIZE[0]
            image = np.ascontiguousarray(picture[:, shift : shift + SIZE[0]])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, "rgb24")))
        container.mux(stream.encode())


def make_model(folder: Path, backbone: str, pixels: int, stride: int) -> TimelineRecognizer:
    network = TimelineNetwork(3, 2, backbone=backbone, normalization="window")
    reading = RecordingFormat(32, 4, stride, FPS, pixels, pixels)
    NetworkTimelineRecognizer(network, ["a", "b", "c"], ["d", "e"], reading).save(folder)
    return load(folder, device="cpu")


def speeds(folder: Path, seconds: float) -> None:
    path = folder / "recording.mp4"
    write_recording(path, seconds)
    for backbone, pixels in NETWORKS:
        for stride in (2, 1):
            recognizer = make_model(folder / f"{backbone}-{stride}", backbone, pixels, stride)
            name = f"{backbone} at {pixels} pixels, every {stride} frames"
            print_speed(name, recognizer, path, seconds)


def print_speed(name: str, recognizer: TimelineRecognizer, path: Path, seconds: float) -> None:
    for overlap in (0.5, 0.1):
        reading = RecordingOptions(overlap=overlap)
        best = min(timed(lambda how=reading: recognizer.timeline(path, how)) for _ in range(ROUNDS))
        print(
            f"{name}, overlap {overlap}: {seconds / best:.2f} times real time, "
            f"{seconds * FPS / best:.0f} frames/s"
        )


def saved_by_sharing() -> None:
    """Prints how much faster motion maps of segments at stride 1 are when they are shared."""
    motion = PersistenceOfAppearance().eval()
    frames = torch.randn(1, 35, 3, 112, 112)
    segments = frames.unfold(1, 4, 1).movedim(-1, 2)  # (1, 32, 4, 3, 112, 112)
    with torch.inference_mode():
        each = min(timed(lambda: motion(segments)) for _ in range(10))
        shared = min(timed(lambda: motion.between_neighbors(frames)) for _ in range(10))
    print(f"motion maps of 32 positions one frame apart: {each / shared:.2f} times as fast shared")


def timed(work: object) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--model", type=Path, help="measure the speed of this one")
    parser.add_argument("--minutes", type=float, help="measure memory on a recording this long")
    options = parser.parse_args()
    print(f"{torch.get_num_threads()} threads, PyTorch {torch.__version__}")
    with tempfile.TemporaryDirectory() as folder:
        if options.model is not None:
            path = Path(folder) / "recording.mp4"
            write_recording(path, options.seconds)
            recognizer = load(options.model, device="cpu")
            print_speed(str(options.model), recognizer, path, options.seconds)
            return 0
        if options.minutes is None:
            saved_by_sharing()
            speeds(Path(folder), options.seconds)
            return 0
        path = Path(folder) / "long.mp4"
        write_recording(path, 60 * options.minutes)
        recognizer = make_model(Path(folder) / "model", "resnet18", 112, 2)
        taken = timed(lambda: recognizer.timeline(path))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(f"{options.minutes:g} minutes of video: {taken:.0f} s, {peak:.2f} GB at most")
    return 0


if __name__ == "__main__":
    sys.exit(main())
