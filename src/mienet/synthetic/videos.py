"""Synthetic videos of the standing long jump: a small stand-in for a real fine-grained data set.

Every video written here is drawn by the computer; no real person appears in any of them. An
articulated figure, seen from the side, prepares, swings its arms, takes off, flies, lands and
absorbs. Eleven key events cut one jump into ten intervals, and a clip shows one of them.

The ten class names follow the manner of the SLJD data set (standing long jump), which names a
class "event A → event B". Two of the names are ones published for SLJD, "arm backward stretch →
thigh vertical to ground" and "arm at backward highest → heel off ground"; the other eight are
ours. Nothing else is taken from SLJD.

Neighboring intervals often pass through the same poses in opposite directions (arms down and
back, then forward and up; knees bending, then straightening), so single frames are ambiguous and
motion is not. What differs between athletes is their build, speed, style, clothes, skin and hair;
between scenes the wall, the ground, the light and the shadow; between clips the distance, aim,
pan and shake of the camera, motion blur, noise, compression, frame count and frame rate. None of
the latter depends on the class. All draws come from ``numpy`` generators keyed by (seed, split,
athlete, purpose), so no athlete or scene is ever in two splits and every file can be remade.
"""

import csv
import multiprocessing
import os
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np

from mienet.main_guard import require_main_guard
from mienet.progress import progress_bar
from mienet.synthetic.athlete import (
    EVENTS,
    SPLITS,
    Array,
    Athlete,
    Motion,
    draw_athlete_parameters,
    generator_for,
    plan_motion,
    skeleton_at,
)
from mienet.synthetic.drawing import Image, Lens, Scene, draw_instant, draw_scene_parameters

CLASSES: tuple[str, ...] = tuple(f"{a} → {b}" for a, b in pairwise(EVENTS))
SUPERSAMPLE = 2  # drawn this much larger and shrunk by area: smooth edges at 128x96
SUBFRAMES = 3  # images averaged per frame for motion blur
FRAME_COUNTS = (16, 28)  # inclusive
FRAME_RATES = (15, 30)  # inclusive, frames per second
TRIM = (0.04, 0.12)  # share of the interval left out at each end, so that borders are clear
JUMP_FPS, REST_SECONDS = 30, 1.0  # of the uncut jump


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


README = """\
These videos are synthetic: a program (mienet.synthetic.videos) drew every frame. No real person
appears in them, and they are not part of, nor taken from, any real data set.

clips/       one H.264 video per phase of each athlete's standing long jump
*.csv        path (relative to this folder), label, athlete; no athlete or scene is in two lists
classes.txt  the class names in temporal order
"""


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


def _aim_camera(who: Athlete, motion: Motion, times: Array, shot: Shot) -> Array:
    """Points in meters at which the camera looks, one per frame.

    The mean center of the athlete's bounding box is kept at the shot's random place in the image,
    so that neither the place nor the height in the image tells the phase.
    """
    span = float(times[-1] - times[0])
    lazy = min(0.25 * span, 0.3)  # seconds: the operator's pan is smoother than the athlete
    boxes = np.stack([_box_center(skeleton_at(who, motion, t)) for t in times])
    around = times[:, None] + np.linspace(-lazy, lazy, 5)
    track = np.array([[_box_center(skeleton_at(who, motion, t))[0] for t in row] for row in around])
    pan = track.mean(axis=1)
    aims = np.tile(boxes.mean(axis=0), (len(times), 1))
    aims[:, 0] += shot.follow * (pan - pan.mean()) + shot.drift * np.linspace(-0.5, 0.5, len(times))
    jolts = np.random.default_rng(shot.noise_seed).normal(0, 2 * shot.shake, aims.shape)
    return aims + cv2.GaussianBlur(jolts, (1, 7), 1.5)


def _film(
    who: Athlete, scene: Scene, times: Array, shot: Shot, size: tuple[int, int]
) -> Iterable[Image]:
    """Draw the frames at ``times`` seconds of the jump."""
    motion = plan_motion(who)
    rng = np.random.default_rng([shot.noise_seed, 1])
    big = (size[0] * SUPERSAMPLE, size[1] * SUPERSAMPLE)
    scale = shot.height_share * big[1] / who.stature
    aims = _aim_camera(who, motion, times, shot)
    aims = aims + np.array(shot.aim) * np.array(big) / scale
    aims = np.concatenate([aims, aims[-1:]])
    step = float(times[1] - times[0])
    for i, t in enumerate(times):
        total = np.zeros((big[1], big[0], 3), np.float32)
        for part in np.linspace(0, shot.exposure, SUBFRAMES):
            x, y = aims[i] + part * (aims[i + 1] - aims[i])
            lens = Lens((float(x), float(y)), scale, big, who.direction)
            joints = skeleton_at(who, motion, float(t + part * step))
            total += draw_instant(who, scene, joints, lens)
        frame = cv2.resize(total / SUBFRAMES, size, interpolation=cv2.INTER_AREA)
        frame = frame * np.array(scene.light) + rng.normal(0, shot.noise, frame.shape)
        yield np.clip(np.round(frame), 0, 255).astype(np.uint8)


def _encode(
    path: Path, frames: Iterable[Image], *, size: tuple[int, int], fps: int, crf: int
) -> None:
    """Write an H.264 mp4, whose name appears only once the file is whole."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    # With more threads, and at sizes below about 128x96 with its macroblock tree, x264 does not
    # write the same bytes every time.
    options = {"crf": str(crf), "preset": "veryfast", "threads": "1", "x264-params": "mbtree=0"}
    try:
        with av.open(str(part), "w", format="mp4") as container:
            stream = container.add_stream("libx264", rate=fps, options=options)
            stream.width, stream.height = size
            stream.pix_fmt = "yuv420p"
            for image in frames:
                container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
            container.mux(stream.encode())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _check(*, athlete: int, split: str, size: tuple[int, int], seed: int) -> None:
    if split not in SPLITS:
        raise ValueError(f"split was {split!r}; accepted are {', '.join(SPLITS)}")
    if athlete < 0:
        raise ValueError(f"athlete was {athlete}; accepted are whole numbers from 0")
    if seed < 0:
        raise ValueError(f"seed was {seed}; accepted are whole numbers from 0")
    if len(size) != 2 or any(side < 32 or side % 2 for side in size):
        raise ValueError(
            f"size was {size}; accepted are (width, height) in pixels, both even and at least 32"
        )


def make_clip(
    path: Path,
    *,
    phase: int,
    athlete: int,
    split: str,
    size: tuple[int, int] = (128, 96),
    seed: int = 0,
) -> None:
    """Write the clip of one phase of one athlete's jump.

    The clip is resampled in time: 16..28 frames at 15..30 frames per second, drawn independently
    of the phase, cover the interval except a random 4..12 % at each end.

    Args:
        path: The mp4 file to write, in an existing folder.
        phase: Position in `CLASSES`, 0..9.
        athlete: Number of the athlete within the split, from 0. It stands for the scene too.
        split: "train", "val" or "test"; each has athletes and scenes of its own.
        size: Width and height in pixels, even, at least 32.
        seed: From 0. The same arguments give the same file.

    Raises:
        ValueError: An argument is out of its range.
    """
    if not 0 <= phase < len(CLASSES):
        raise ValueError(f"phase was {phase}; accepted are 0..{len(CLASSES) - 1}")
    _check(athlete=athlete, split=split, size=size, seed=seed)
    who = draw_athlete_parameters(athlete=athlete, split=split, seed=seed)
    scene = draw_scene_parameters(athlete=athlete, split=split, seed=seed)
    shot = draw_shot(generator_for(seed, split, athlete, 2, phase))
    begin, end = plan_motion(who).times[phase : phase + 2]
    cut = np.array(shot.trim) * (end - begin)
    times = np.linspace(begin + cut[0], end - cut[1], shot.frames)
    _encode(path, _film(who, scene, times, shot, size), size=size, fps=shot.fps, crf=shot.crf)


def render_jump(
    path: Path,
    *,
    athlete: int,
    split: str = "test",
    size: tuple[int, int] = (128, 96),
    seed: int = 0,
) -> list[tuple[float, float, str]]:
    """Write one whole uncut jump at 30 frames per second, with a second's rest at both ends.

    Args:
        path: The mp4 file to write, in an existing folder.
        athlete: Number of the athlete within the split, from 0.
        split: "train", "val" or "test".
        size: Width and height in pixels, even, at least 32.
        seed: From 0. The same arguments give the same file.

    Returns:
        Start and end in seconds of the video, and class name, of each of the ten intervals.

    Raises:
        ValueError: An argument is out of its range.
    """
    _check(athlete=athlete, split=split, size=size, seed=seed)
    who = draw_athlete_parameters(athlete=athlete, split=split, seed=seed)
    scene = draw_scene_parameters(athlete=athlete, split=split, seed=seed)
    shot = draw_shot(generator_for(seed, split, athlete, 3))
    events = plan_motion(who).times
    times = np.arange(-REST_SECONDS, events[-1] + REST_SECONDS, 1 / JUMP_FPS)
    _encode(path, _film(who, scene, times, shot, size), size=size, fps=JUMP_FPS, crf=shot.crf)
    marks = [float(event) + REST_SECONDS for event in events]
    return list(zip(marks, marks[1:], CLASSES, strict=False))


Task = tuple[Path, int, int, str, tuple[int, int], int]


def _run_task(task: Task) -> None:
    path, phase, athlete, split, size, seed = task
    make_clip(path, phase=phase, athlete=athlete, split=split, size=size, seed=seed)


def _run_tasks(tasks: list[Task], *, jobs: int, progress: bool) -> None:
    with progress_bar(total=len(tasks), description="Drawing", unit="clip", shown=progress) as bar:
        if jobs == 1:
            for task in tasks:
                _run_task(task)
                bar.update()
            return
        require_main_guard()
        spawn = multiprocessing.get_context("spawn")  # forking is unsafe once torch has threads
        # One OpenCV thread per worker: the workers already fill the cores.
        with ProcessPoolExecutor(
            jobs, mp_context=spawn, initializer=cv2.setNumThreads, initargs=(1,)
        ) as pool:
            # A chunk is one athlete, whose clips share the scenery that a worker keeps.
            for _ in pool.map(_run_task, tasks, chunksize=len(CLASSES)):
                bar.update()


def make_dataset(
    root: Path,
    *,
    athletes: tuple[int, int, int] = (36, 6, 12),
    size: tuple[int, int] = (128, 96),
    seed: int = 0,
    jobs: int = 2,
    progress: bool = True,
) -> None:
    """Write a whole data set: ten clips per athlete, three lists, the class names and a note.

    A script that calls this with ``jobs`` above 1 needs ``if __name__ == "__main__":``, because
    the worker processes import it.

    Args:
        root: The folder to fill; made if missing. Files of the same name are replaced.
        athletes: How many athletes train.csv, val.csv and test.csv get, each at least 1.
        size: Width and height in pixels, even, at least 32.
        seed: From 0. The same arguments give the same files.
        jobs: Worker processes, at least 1; 1 works in this process.
        progress: Whether to show a progress bar.

    Raises:
        ValueError: An argument is out of its range.
    """
    if len(athletes) != len(SPLITS) or min(athletes) < 1:
        raise ValueError(f"athletes was {athletes}; accepted are three whole numbers from 1")
    if jobs < 1:
        raise ValueError(f"jobs was {jobs}; accepted are whole numbers from 1")
    _check(athlete=0, split=SPLITS[0], size=size, seed=seed)
    (root / "clips").mkdir(parents=True, exist_ok=True)
    tasks: list[Task] = []
    for split, count in zip(SPLITS, athletes, strict=True):
        rows = [("path", "label", "athlete")]
        for athlete in range(count):
            for phase, label in enumerate(CLASSES):
                name = f"clips/{split}_athlete_{athlete:03d}_phase_{phase:02d}.mp4"
                rows.append((name, label, f"{split}_{athlete:03d}"))
                tasks.append((root / name, phase, athlete, split, size, seed))
        with (root / f"{split}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
    (root / "classes.txt").write_text("\n".join(CLASSES) + "\n", encoding="utf-8")
    (root / "README.txt").write_text(README, encoding="utf-8")
    _run_tasks(tasks, jobs=jobs, progress=progress)
