"""Whole synthetic recordings of standing long jumps, with the times at which things happen in them.

An athlete rests, jumps, rests, and now and then jumps once more from the place of landing. The ten
intervals of a jump are its phases; the rest belongs to none. Two moments are events: take-off, when
the toe leaves the ground, and landing, when the heel touches it.
"""

import csv
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mienet.synthetic.athlete import (
    CLASSES,
    TOE_OFF,
    TOUCHDOWN,
    Array,
    Athlete,
    Motion,
    draw_athlete_parameters,
    generator_for,
    plan_motion,
    skeleton_at,
)
from mienet.synthetic.drawing import draw_scene_parameters
from mienet.synthetic.filming import check_arguments, draw_shot, encode, film
from mienet.synthetic.jobs import run_tasks

MOMENTS = {"take-off": TOE_OFF, "landing": TOUCHDOWN}
"""Names of the events, and where they stand in ``EVENTS``."""

LIST_NAME = "annotations.csv"
REST_SECONDS = (0.5, 2.0)
JUMPS_TWICE = 0.15  # probability
UNEVEN = (0.5, 1.5)  # shares of the usual step from frame to frame, where the rate is variable
DROPPED = 0.05  # probability that the next frame is missing, where the rate is variable

README = """\
These videos are synthetic: a program (mienet.synthetic.recordings) drew every frame. No real person
appears in them, and they are not part of, nor taken from, any real data set.

recordings/      one H.264 video per athlete: one or two standing long jumps, and rest
annotations.csv  path,label,start_seconds,end_seconds,subject: a phase a row, or an event, which has
                 no end
"""


@dataclass(frozen=True)
class VideoFile:
    """What a recording's file is like.

    Attributes:
        size: Width and height in pixels, at least 32 each.
        frames_per_second: From 1 to 240; of a variable rate the usual one.
        is_variable: Whether the time from frame to frame varies, and frames are missing.
        rotation: Degrees by which players turn the stored frames counterclockwise: 0, 90, 180, 270.
        first_seconds: When the first frame is shown, on the file's clock.
        has_sound: Whether there is sound from second 0 of that clock; players count from there,
            and else from the first frame.
        num_frames: At which the recording is cut off; None is all of it.
    """

    size: tuple[int, int] = (128, 96)
    frames_per_second: int = 25
    is_variable: bool = False
    rotation: int = 0
    first_seconds: float = 0.0
    has_sound: bool = False
    num_frames: int | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.frames_per_second <= 240:
            raise ValueError(
                f"frames_per_second was {self.frames_per_second}; accepted are 1 to 240"
            )
        if self.rotation not in (0, 90, 180, 270):
            raise ValueError(f"rotation was {self.rotation}; accepted are 0, 90, 180, 270")
        if self.first_seconds < 0:
            raise ValueError(f"first_seconds was {self.first_seconds}; accepted are 0 and above")
        if self.num_frames is not None and self.num_frames < 1:
            raise ValueError(f"num_frames was {self.num_frames}; accepted are whole numbers from 1")


@dataclass(frozen=True)
class MadeRecording:
    """A recording that was drawn, and what is true of it, in seconds as players count them.

    Attributes:
        path: The video.
        frame_seconds: When each frame is shown.
        phases: Label, start and end of each phase.
        events: Label and time of each event.
    """

    path: Path
    frame_seconds: Array
    phases: tuple[tuple[str, float, float], ...]
    events: tuple[tuple[str, float], ...]


def make_recording(
    path: Path,
    *,
    athlete: int,
    split: str = "test",
    rests_seconds: tuple[float, ...] | None = None,
    file: VideoFile | None = None,
    seed: int = 0,
) -> MadeRecording:
    """Write one recording and return what is true of it.

    Args:
        path: The file to write, in an existing folder; its ending tells the container.
        athlete: Number of the athlete within the split, from 0. It stands for the scene too.
        split: "train", "val" or "test"; each has athletes and scenes of its own.
        rests_seconds: How long the athlete rests before the first jump, between jumps, and after
            the last: one number is a recording without a jump, three are two jumps. None draws
            them.
        file: What the file is like; None is the default of each attribute.
        seed: From 0. The same arguments give the same file.

    Raises:
        ValueError: An argument is out of its range.
    """
    file = file or VideoFile()
    check_arguments(athlete=athlete, split=split, size=file.size, seed=seed, odd_sizes=True)
    rng = generator_for(seed, split, athlete, 3)
    shot = draw_shot(rng)
    rests = _draw_rests(rng) if rests_seconds is None else rests_seconds
    if not rests or min(rests) <= 0:
        raise ValueError(f"rests_seconds was {rests}; accepted are one or more numbers above 0")
    who = draw_athlete_parameters(athlete=athlete, split=split, seed=seed)
    scene = draw_scene_parameters(athlete=athlete, split=split, seed=seed)
    session = _Session.of(who, rests)
    times = _frame_times(session.duration_seconds, file, rng)
    step_seconds = 1 / file.frames_per_second
    images = film(who, scene, session.joints_at, times, shot, file.size, step_seconds=step_seconds)
    encode(
        path,
        images,
        size=file.size,
        fps=file.frames_per_second,
        crf=shot.crf,
        times_seconds=times + file.first_seconds,
        rotation=file.rotation,
        sound_seconds=times[-1] + file.first_seconds + step_seconds if file.has_sound else 0.0,
    )
    late = file.first_seconds if file.has_sound else 0.0
    return _truth(path, session, times, late, float(times[-1]) + step_seconds)


@dataclass(frozen=True)
class _Session:
    """All that one athlete does in a recording, as a function of time."""

    who: Athlete
    motion: Motion
    starts_seconds: tuple[float, ...]  # of each jump
    duration_seconds: float
    ahead: float  # meters from the start of one jump to that of the next, where it has landed

    @classmethod
    def of(cls, who: Athlete, rests: tuple[float, ...]) -> "_Session":
        motion = plan_motion(who)
        jump = float(motion.times[-1])
        starts = [sum(rests[:number]) + (number - 1) * jump for number in range(1, len(rests))]
        ball = skeleton_at(who, motion, jump)["ball"]  # it is at 0 when a jump starts
        duration = sum(rests) + len(starts) * jump
        return cls(who, motion, tuple(starts), duration, float(ball[0]))

    def joints_at(self, t: float) -> dict[str, Array]:
        """Joint positions in meters at ``t`` seconds of the recording."""
        if not self.starts_seconds:
            return skeleton_at(self.who, self.motion, t - self.duration_seconds)
        number = max(sum(start <= t for start in self.starts_seconds) - 1, 0)
        since = t - self.starts_seconds[number]
        joints = self._joints_of(number, since)
        rested = since - float(self.motion.times[-1])
        if rested <= 0 or number + 1 == len(self.starts_seconds):
            return joints
        # From the last pose of one jump to the first of the next, which differ little.
        until = t - self.starts_seconds[number + 1]
        following = self._joints_of(number + 1, until)
        u = rested / (rested - until)
        share = u * u * (3 - 2 * u)
        return {name: (1 - share) * joints[name] + share * following[name] for name in joints}

    def _joints_of(self, number: int, t: float) -> dict[str, Array]:
        """Joints at ``t`` seconds of the jump with this number."""
        offset = np.array([number * self.ahead, 0.0])
        joints = skeleton_at(self.who, self.motion, t)
        return {name: point + offset for name, point in joints.items()}


def _draw_rests(rng: np.random.Generator) -> tuple[float, ...]:
    jumps = 2 if rng.random() < JUMPS_TWICE else 1
    return tuple(rng.uniform(*REST_SECONDS, jumps + 1).tolist())


def _frame_times(duration_seconds: float, file: VideoFile, rng: np.random.Generator) -> Array:
    """Seconds from the first frame to each."""
    count = max(1, math.floor(duration_seconds * file.frames_per_second))
    times: Array = np.arange(count) / file.frames_per_second
    if file.is_variable:
        steps = rng.uniform(*UNEVEN, 2 * count) / file.frames_per_second
        steps *= 1 + (rng.random(len(steps)) < DROPPED)
        times = np.concatenate([[0.0], np.cumsum(steps)])
        times = times[times < duration_seconds]
    return times[: file.num_frames]


def _truth(
    path: Path, session: _Session, times: Array, late: float, end_seconds: float
) -> MadeRecording:
    marks = session.motion.times
    phases, events = [], []
    for start in session.starts_seconds:
        for label, begin, end in zip(CLASSES, marks + start, marks[1:] + start, strict=False):
            if begin < end_seconds:
                phases.append((label, late + float(begin), late + float(min(end, end_seconds))))
        for label, place in MOMENTS.items():
            if (time := float(marks[place]) + start) <= times[-1]:
                events.append((label, late + time))
    return MadeRecording(path, times + late, tuple(phases), tuple(events))


_Task = tuple[Path, int, str, VideoFile, int]


def _run_task(task: _Task) -> MadeRecording:
    path, athlete, split, file, seed = task
    return make_recording(path, athlete=athlete, split=split, file=file, seed=seed)


def make_recordings(
    root: Path,
    *,
    athletes: int,
    split: str = "test",
    file: VideoFile | None = None,
    seed: int = 0,
    jobs: int = 2,
    progress: bool = True,
) -> list[MadeRecording]:
    """Write a recording of each of some athletes, one list of what happens in them, and a note.

    A script that calls this with ``jobs`` above 1 needs ``if __name__ == "__main__":``, because
    the worker processes import it.

    Args:
        root: The folder to fill; made if missing. Files of the same name are replaced.
        athletes: How many, at least 1; each has a scene of its own.
        split: "train", "val" or "test": no athlete or scene of one is in another.
        file: What the files are like; None is the default of each attribute.
        seed: From 0. The same arguments give the same files.
        jobs: Worker processes, at least 1; 1 works in this process.
        progress: Whether to show a progress bar.

    Raises:
        ValueError: An argument is out of its range.
    """
    if athletes < 1:
        raise ValueError(f"athletes was {athletes}; accepted are whole numbers from 1")
    file = file or VideoFile()
    (root / "recordings").mkdir(parents=True, exist_ok=True)
    (root / "README.txt").write_text(README, encoding="utf-8")
    tasks = [
        (root / f"recordings/{split}_athlete_{athlete:03d}.mp4", athlete, split, file, seed)
        for athlete in range(athletes)
    ]
    made = run_tasks(_run_task, tasks, unit="recording", jobs=jobs, progress=progress)
    rows: list[tuple[str, ...]] = [("path", "label", "start_seconds", "end_seconds", "subject")]
    for recording in made:
        name = recording.path.relative_to(root).as_posix()
        subject = recording.path.stem
        rows += [
            (name, label, f"{start:.6f}", f"{end:.6f}", subject)
            for label, start, end in recording.phases
        ]
        rows += [(name, label, f"{time:.6f}", "", subject) for label, time in recording.events]
    with (root / LIST_NAME).open("w", newline="", encoding="utf-8") as target:
        csv.writer(target, lineterminator="\n").writerows(rows)
    return made
