"""Live use: how right it is, and how fast and late.

    .venv/bin/python benchmarks/live.py accuracy VIDEOS test.csv=runs/a [...] --lag 1 --every 8
    .venv/bin/python benchmarks/live.py speed runs/a --seconds 20      # 640x480, 30 frames/s

Accuracy is that of `mienet evaluate`, of what is said of each position when it is said, where the
model looks at the newest window every so many frames. Speed is of a file that is played as a
stream, through what `mienet serve --camera` does.
"""

import argparse
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import recordings

import mienet
from mienet.live import LiveTimeline
from mienet.server.live import Live
from mienet.timeline_recognizer import FrameProbabilities, TimelineRecognizer, rate_of

SIZE = (640, 480)
FPS = 30


def read_live(lag: int, every: int):
    """Returns a way to read recordings as if they were taken now."""

    def read(self, video, *, frames_per_second=None, overlap=0.5, progress=lambda _: None):
        live = LiveTimeline(self, frames_per_second or rate_of(video), lag=lag)
        moments = []
        for number, image in video.frames_at(range(video.num_frames)):
            live.add(image, float(number))
            if number % every == every - 1:
                moments += live.look()
        moments += live.end()
        places = [moment.time_seconds for moment in moments]

        def of_frames(values):
            columns = [np.interp(range(video.num_frames), places, c) for c in np.stack(values).T]
            return np.stack(columns, axis=1).astype(np.float32)

        phases = of_frames([m.phases for m in moments]) if self.phases else None
        events = of_frames([m.events for m in moments]) if self.events else None
        return FrameProbabilities(phases, events)

    return read


def accuracy(options: argparse.Namespace) -> None:
    TimelineRecognizer.frame_probabilities = read_live(options.lag, options.every)
    sys.argv = ["recordings", options.videos, *options.pairs, "--order", options.order]
    recordings.main()


def speed(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "stream.mp4"
        write_stream(path, options.seconds)
        live = Live(str(path), lambda: mienet.load(options.model), Path(folder))
        live.start()
        while (said := live.describe())["state"] in ("starting", "running"):
            time.sleep(0.1)
        delays = [one.delay_seconds for one in live._said]
        live.stop()
    print(
        f"{said['fps']:.1f} frames/s of {FPS}, {said['dropped']} dropped; said "
        f"{1000 * np.median(delays):.0f} ms later (median; 95 %: "
        f"{1000 * np.percentile(delays, 95):.0f} ms)"
    )


def write_stream(path: Path, seconds: float) -> None:
    generator = np.random.default_rng(0)
    noise = generator.integers(0, 255, (SIZE[1] // 16, SIZE[0] // 8, 3), np.uint8)
    picture = cv2.resize(noise, (2 * SIZE[0], SIZE[1]), interpolation=cv2.INTER_CUBIC)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", FPS, options={"preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for number in range(round(seconds * FPS)):
            image = np.ascontiguousarray(picture[:, 2 * number % SIZE[0] :][:, : SIZE[0]])
            frame = av.VideoFrame.from_ndarray(image, "rgb24")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True)
    right = commands.add_parser("accuracy")
    right.add_argument("videos")
    right.add_argument("pairs", nargs="+", help="LIST=MODEL")
    right.add_argument("--order", choices=["learned", "free"], default="learned")
    right.add_argument("--lag", type=int, default=1)
    right.add_argument("--every", type=int, default=8)
    right.set_defaults(run=accuracy)
    fast = commands.add_parser("speed")
    fast.add_argument("model")
    fast.add_argument("--seconds", type=float, default=20)
    fast.set_defaults(run=speed)
    options = parser.parse_args()
    options.run(options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
