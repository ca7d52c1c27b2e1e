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
from functools import partial
from pathlib import Path

import numpy as np

from mienet.synthetic.athlete import (
    CLASSES,
    SPLITS,
    draw_athlete_parameters,
    generator_for,
    plan_motion,
    skeleton_at,
)
from mienet.synthetic.drawing import draw_scene_parameters
from mienet.synthetic.filming import check_arguments, draw_shot, encode, film
from mienet.synthetic.jobs import run_tasks

README = """\
These videos are synthetic: a program (mienet.synthetic.videos) drew every frame. No real person
appears in them, and they are not part of, nor taken from, any real data set.

clips/       one H.264 video per phase of each athlete's standing long jump
*.csv        path (relative to this folder), label, athlete; no athlete or scene is in two lists
classes.txt  the class names in temporal order
"""


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
    check_arguments(athlete=athlete, split=split, size=size, seed=seed)
    who = draw_athlete_parameters(athlete=athlete, split=split, seed=seed)
    scene = draw_scene_parameters(athlete=athlete, split=split, seed=seed)
    shot = draw_shot(generator_for(seed, split, athlete, 2, phase))
    motion = plan_motion(who)
    begin, end = motion.times[phase : phase + 2]
    cut = np.array(shot.trim) * (end - begin)
    times = np.linspace(begin + cut[0], end - cut[1], shot.frames)
    step_seconds = float(times[1] - times[0])
    joints_at = partial(skeleton_at, who, motion)
    images = film(who, scene, joints_at, times, shot, size, step_seconds=step_seconds)
    encode(path, images, size=size, fps=shot.fps, crf=shot.crf)


Task = tuple[Path, int, int, str, tuple[int, int], int]


def _run_task(task: Task) -> None:
    path, phase, athlete, split, size, seed = task
    make_clip(path, phase=phase, athlete=athlete, split=split, size=size, seed=seed)


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
    check_arguments(athlete=0, split=SPLITS[0], size=size, seed=seed)
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
    # A chunk is one athlete, whose clips share the scenery that a worker keeps.
    run_tasks(_run_task, tasks, unit="clip", chunk=len(CLASSES), jobs=jobs, progress=progress)
