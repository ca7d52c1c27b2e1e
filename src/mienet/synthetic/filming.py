"""The synthetic camera: how a movement is framed and exposed, and how the frames are encoded."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from mienet.synthetic.athlete import SPLITS, Array, Athlete
from mienet.synthetic.drawing import Image, Lens, Scene, draw_instant

SUPERSAMPLE = 2  # drawn this much larger and shrunk by area: smooth edges at 128x96
SUBFRAMES = 3  # images averaged per frame for motion blur
FRAME_COUNTS = (16, 28)  # inclusive
FRAME_RATES = (15, 30)  # inclusive, frames per second
TRIM = (0.04, 0.12)  # share of the interval left out at each end, so that borders are clear
TIME_BASE = Fraction(1, 90_000)  # frames of all usual rates are at whole multiples of it
SOUND_RATE, SOUND_BLOCK = 48_000, 1024  # samples a second and in a frame of AAC

JointsAt = Callable[[float], dict[str, Array]]
"""Gives the joints in meters at a time in seconds."""


@dataclass(frozen=True)
class Shot:
    """How one clip is filmed. Nothing in it depends on the phase."""

    frames: int
    fps: int
    trim: tuple[float, float]
    height_share: float  # standing athlete's height in frame heights
    aim: tuple[float, float]  # offset of the athlete from the center, in frame sizes
    follow: float  # share of the athlete's travel the camera pans along with
    drift: float  # meters of additional pan during the clip
    shake: float  # meters, standard deviation
    exposure: float  # share of the frame interval the shutter is open
    noise: float  # gray levels, standard deviation
    crf: int
    noise_seed: int


def check_arguments(
    *, athlete: int, split: str, size: tuple[int, int], seed: int, odd_sizes: bool = False
) -> None:
    """Refuse what no video can be drawn with.

    Raises:
        ValueError: An argument is out of its range.
    """
    if split not in SPLITS:
        raise ValueError(f"split was {split!r}; accepted are {', '.join(SPLITS)}")
    if athlete < 0:
        raise ValueError(f"athlete was {athlete}; accepted are whole numbers from 0")
    if seed < 0:
        raise ValueError(f"seed was {seed}; accepted are whole numbers from 0")
    if len(size) != 2 or any(side < 32 or (side % 2 and not odd_sizes) for side in size):
        what = "at least 32" if odd_sizes else "both even and at least 32"
        raise ValueError(f"size was {size}; accepted are (width, height) in pixels, {what}")


def draw_shot(rng: np.random.Generator) -> Shot:
    """Draw how a clip is filmed; the phase is not an argument, so it cannot matter."""
    return Shot(
        frames=int(rng.integers(FRAME_COUNTS[0], FRAME_COUNTS[1] + 1)),
        fps=int(rng.integers(FRAME_RATES[0], FRAME_RATES[1] + 1)),
        trim=(rng.uniform(*TRIM), rng.uniform(*TRIM)),
        height_share=rng.uniform(0.64, 0.8),
        aim=(rng.uniform(-0.07, 0.07), rng.uniform(-0.06, 0.06)),
        follow=rng.uniform(0.6, 1.0),
        drift=rng.uniform(-0.4, 0.4),
        shake=rng.uniform(0.0, 0.012),
        exposure=rng.uniform(0.1, 0.8),
        noise=rng.uniform(0.0, 5.0),
        crf=int(rng.integers(16, 29)),
        noise_seed=int(rng.integers(2**31)),
    )


def _box_center(joints: dict[str, Array]) -> Array:
    points = np.stack(list(joints.values()))
    center: Array = (points.min(axis=0) + points.max(axis=0)) / 2
    return center


def _aim_camera(joints_at: JointsAt, times: Array, shot: Shot) -> Array:
    """Points in meters at which the camera looks, one per frame.

    The mean center of the athlete's bounding box is kept at the shot's random place in the image,
    so that neither the place nor the height in the image tells the phase.
    """
    span = float(times[-1] - times[0])
    lazy = min(0.25 * span, 0.3)  # seconds: the operator's pan is smoother than the athlete
    boxes = np.stack([_box_center(joints_at(t)) for t in times])
    around = times[:, None] + np.linspace(-lazy, lazy, 5)
    track = np.array([[_box_center(joints_at(t))[0] for t in row] for row in around])
    pan = track.mean(axis=1)
    aims = np.tile(boxes.mean(axis=0), (len(times), 1))
    aims[:, 0] += shot.follow * (pan - pan.mean()) + shot.drift * np.linspace(-0.5, 0.5, len(times))
    jolts = np.random.default_rng(shot.noise_seed).normal(0, 2 * shot.shake, aims.shape)
    return aims + cv2.GaussianBlur(jolts, (1, 7), 1.5)


def film(
    who: Athlete,
    scene: Scene,
    joints_at: JointsAt,
    times: Array,
    shot: Shot,
    size: tuple[int, int],
    *,
    step_seconds: float,
) -> Iterator[Image]:
    """Draw the frames at ``times`` seconds, each exposed for a part of ``step_seconds``."""
    rng = np.random.default_rng([shot.noise_seed, 1])
    big = (size[0] * SUPERSAMPLE, size[1] * SUPERSAMPLE)
    scale = shot.height_share * big[1] / who.stature
    aims = _aim_camera(joints_at, times, shot)
    aims = aims + np.array(shot.aim) * np.array(big) / scale
    aims = np.concatenate([aims, aims[-1:]])
    for i, t in enumerate(times):
        total = np.zeros((big[1], big[0], 3), np.float32)
        for part in np.linspace(0, shot.exposure, SUBFRAMES):
            x, y = aims[i] + part * (aims[i + 1] - aims[i])
            lens = Lens((float(x), float(y)), scale, big, who.direction)
            joints = joints_at(float(t + part * step_seconds))
            total += draw_instant(who, scene, joints, lens)
        frame = cv2.resize(total / SUBFRAMES, size, interpolation=cv2.INTER_AREA)
        frame = frame * np.array(scene.light) + rng.normal(0, shot.noise, frame.shape)
        yield np.clip(np.round(frame), 0, 255).astype(np.uint8)


def encode(
    path: Path,
    frames: Iterable[Image],
    *,
    size: tuple[int, int],
    fps: int,
    crf: int,
    times_seconds: Array | None = None,
    rotation: int = 0,
    sound_seconds: float = 0.0,
) -> None:
    """Write an H.264 video, whose name appears only once the file is whole.

    Args:
        path: The file; its ending tells the container, such as ``.mp4`` or ``.mkv``.
        frames: As they are to be shown.
        size: Width and height in pixels, as they are to be shown.
        fps: Frames per second, of frames without ``times_seconds`` exactly.
        crf: Quality; less is better.
        times_seconds: When each frame is shown; None shows them at ``fps`` from 0.
        rotation: Degrees, a multiple of 90, by which players turn the stored frames
            counterclockwise.
        sound_seconds: How long there is silent sound, from second 0; 0 writes none.
    """
    part = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    # With more threads, and at sizes below about 128x96 with its macroblock tree, x264 does not
    # write the same bytes every time.
    options = {"crf": str(crf), "preset": "veryfast", "threads": "1", "x264-params": "mbtree=0"}
    turns = rotation // 90
    width, height = size if turns % 2 == 0 else size[::-1]
    try:
        with av.open(str(part), "w") as container:
            stream = container.add_stream("libx264", rate=fps, options=options)
            stream.width, stream.height = width, height
            # Colors of 2x2 pixels have no place in odd sizes.
            stream.pix_fmt = "yuv444p" if width % 2 or height % 2 else "yuv420p"
            if rotation:
                stream.set_display_rotation(rotation)
            if times_seconds is not None:
                stream.codec_context.time_base = TIME_BASE
            if sound_seconds:
                _add_silence(container, sound_seconds)
            for number, image in enumerate(frames):
                stored = np.ascontiguousarray(np.rot90(image, -turns))
                frame = av.VideoFrame.from_ndarray(stored, format="rgb24")
                if times_seconds is not None:
                    frame.time_base = TIME_BASE
                    frame.pts = round(float(times_seconds[number]) / TIME_BASE)
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _add_silence(container: av.container.OutputContainer, seconds: float) -> None:
    stream = container.add_stream("aac", rate=SOUND_RATE, layout="mono")
    for start in range(0, round(seconds * SOUND_RATE), SOUND_BLOCK):
        block = av.AudioFrame.from_ndarray(
            np.zeros((1, SOUND_BLOCK), np.float32), format="fltp", layout="mono"
        )
        block.sample_rate, block.pts = SOUND_RATE, start
        container.mux(stream.encode(block))
    container.mux(stream.encode())
