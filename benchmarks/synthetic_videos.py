"""Makes videos for benchmarks: drifting texture and moving discs, in H.264."""

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np


def make_videos(folder: Path, count: int, num_frames: int, size: tuple[int, int]) -> list[Path]:
    """Writes FOLDER/{0,1,..9}/NUMBER.mp4 and returns them; files that are there are kept."""
    paths = [folder / str(number % 10) / f"{number:05d}.mp4" for number in range(count)]
    for number, path in enumerate(paths):
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            make_video(path.with_suffix(".part"), num_frames, size, number)
            path.with_suffix(".part").rename(path)
    return paths


def make_video(path: Path, num_frames: int, size: tuple[int, int], seed: int) -> None:
    generator = np.random.default_rng(seed)
    width, height = size
    noise = generator.integers(0, 256, (height * 2, width * 2, 3)).astype(np.uint8)
    coarse = cv2.resize(noise[: height // 16, : width // 16], (width * 2, height * 2))
    texture = cv2.addWeighted(coarse, 0.85, cv2.GaussianBlur(noise, (0, 0), 1.5), 0.15, 0)
    drift = generator.uniform(-1.5, 1.5, 2)
    discs = generator.uniform(0, 1, (4, 6))
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=25, options={"crf": "23", "preset": "fast"})
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = Fraction(1, 25)
        for index in range(num_frames):
            left, top = (int(width / 2 + drift[0] * index) % width, int(drift[1] * index) % height)
            image = texture[top : top + height, left : left + width].copy()
            for x, y, speed_x, speed_y, radius, gray in discs:
                center = (
                    int((x + 0.01 * (speed_x - 0.5) * index) % 1 * width),
                    int((y + 0.01 * (speed_y - 0.5) * index) % 1 * height),
                )
                color = (255 * gray, 255 * (1 - gray), 128)
                cv2.circle(image, center, int(8 + radius * height / 6), color, -1, cv2.LINE_AA)
            image = cv2.add(image, generator.integers(0, 5, image.shape, dtype=np.uint8))
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode())


def repeat_video(source: Path, path: Path, times: int) -> None:
    """Writes a video several times behind itself, without encoding it again."""
    with av.open(str(path), "w", format="mp4") as out:
        target = None
        shift = 0
        for _ in range(times):
            with av.open(str(source)) as container:
                stream = container.streams.video[0]
                target = target or out.add_stream_from_template(stream)
                length = stream.duration or 0
                for packet in container.demux(stream):
                    if packet.dts is None:
                        continue
                    packet.pts, packet.dts = (packet.pts or 0) + shift, packet.dts + shift
                    packet.stream = target
                    out.mux(packet)
                shift += length
