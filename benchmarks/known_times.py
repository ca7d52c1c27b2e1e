"""Are the times of ``mienet timeline`` right in all kinds of files? Against the generator's own.

    .venv/bin/python benchmarks/known_times.py runs/demo --athletes 3

Each kind of file shows the same jumps of athletes that the demo's model has not seen. ``offset`` is
the median of found minus true, which a wrong clock would move; ``off`` is the median of its amount,
``most`` the largest. ``clock`` is the largest difference between when a frame begins as the
timeline has it and as it was drawn; beyond a millisecond the exit code is 1, as it is where
``offset`` is beyond 0.1 s.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import known_files
import numpy as np

import mienet
from mienet.errors import MienetError
from mienet.synthetic.recordings import MadeRecording, VideoFile, make_recording
from mienet.timelines.recording import RecordingOptions
from mienet.timelines.result import Timeline
from mienet.video.reader import open_video

MOST_CLOCK_SECONDS, MOST_OFFSET_SECONDS = 0.0011, 0.1
WITHIN_SECONDS = 0.5
"""Beyond which a boundary or an event is another one."""

RESTS = (1.0, 1.0)
SHORT_FRAMES = 30  # of 25 a second: less than the windows of 1.8 seconds of the demo


@dataclass(frozen=True)
class Kind:
    """A kind of file.

    Attributes:
        name: What is unlike a plain file.
        file: How it is drawn.
        ending: Tells the container.
        rests_seconds: Before and behind the jump; one is a recording without a jump.
        change: What becomes of the file, and what is true then.
        capture_fps: The option of that name.
    """

    name: str
    file: VideoFile = field(default_factory=VideoFile)
    ending: str = ".mp4"
    rests_seconds: tuple[float, ...] = (1.0, 1.0)
    change: Callable[[MadeRecording], MadeRecording] | None = None
    capture_fps: float | None = None


def as_images(made: MadeRecording) -> MadeRecording:
    return replace(made, path=write_frames(made.path))


FAST = VideoFile(frames_per_second=240)
LATE, LATE_SOUND = VideoFile(first_seconds=3.5), VideoFile(first_seconds=3.5, has_sound=True)
KINDS = [
    *(Kind(f"{fps} fps", VideoFile(frames_per_second=fps))
      for fps in (10, 15, 24, 25, 50, 60, 120, 240)),
    Kind("240 fps shown at 30", FAST, change=known_files.slow_motion, capture_fps=240),
    Kind("variable rate, MP4", VideoFile(is_variable=True)),
    Kind("variable rate, Matroska", VideoFile(is_variable=True), ".mkv"),
    *(Kind(f"rotated by {turn}", VideoFile(rotation=turn)) for turn in (90, 180, 270)),
    Kind("starts at 3.5 s, MP4", LATE),
    Kind("starts at 3.5 s, Matroska", LATE, ".mkv"),
    Kind("3.5 s behind sound, MP4", LATE_SOUND),
    Kind("3.5 s behind sound, Matroska", LATE_SOUND, ".mkv"),
    Kind("sound longer than the picture", change=known_files.with_longer_sound),
    Kind("edit list that hides 0.48 s", change=known_files.with_edit_list),
    Kind("interlaced", VideoFile(frames_per_second=50), change=known_files.interlaced),
    Kind("131x97 pixels", VideoFile((131, 97))),
    Kind("shorter than a window", VideoFile(num_frames=SHORT_FRAMES), rests_seconds=(0.2, 1.0)),
    Kind("one frame", VideoFile(num_frames=1)),
    Kind("no motion", rests_seconds=(4.0,)),
    Kind("folder of frames", change=as_images, capture_fps=25),
    Kind("folder of frames, 240 fps", FAST, change=as_images, capture_fps=240),
    Kind("folder of frames, no rate", change=as_images),
    Kind("2 % broken in the middle", change=known_files.broken_in_the_middle),
    Kind("cut short", change=known_files.cut_short),
]  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("--athletes", type=int, default=3)
    parser.add_argument("--seed", type=int, default=100)
    parser.add_argument("--only", default="", help="kinds whose names contain this")
    options = parser.parse_args()
    recognizer = mienet.load(options.model)
    print(f"{'milliseconds':32}    clock  starts of phases: off          events: off")
    print(f"{'':32}           offset    off   most    missed  offset    off   most    missed")
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        for kind in KINDS:
            if options.only not in kind.name:
                continue
            pairs = []
            for athlete in range(options.athletes):
                made = make_recording(
                    Path(folder) / f"{athlete}{kind.ending}",
                    athlete=athlete,
                    rests_seconds=kind.rests_seconds,
                    file=kind.file,
                    seed=options.seed,
                )
                made = kind.change(made) if kind.change else made
                reading = RecordingOptions(capture_fps=kind.capture_fps)
                try:
                    pairs.append((made, recognizer.timeline(made.path, reading)))
                except MienetError as error:
                    print(f"{kind.name:32} error: {error}", flush=True)
                    break
            else:
                wrong += [kind.name] if is_wrong(kind.name, pairs) else []
    if wrong:
        print(f"wrong times: {', '.join(wrong)}")
    return 1 if wrong else 0


def is_wrong(name: str, pairs: Sequence[tuple[MadeRecording, Timeline]]) -> bool:
    """Prints the errors of one kind of file, and returns whether its times are wrong."""
    counts = [(len(found.borders_seconds) - 1, len(made.frame_seconds)) for made, found in pairs]
    if any(read != drawn for read, drawn in counts):
        said_counts = ", ".join(f"{read} of {drawn}" for read, drawn in counts)
        print(f"{name:32} frames that were read: {said_counts}", flush=True)
        return True
    clock = max(
        float(np.abs(found.borders_seconds[:-1] - made.frame_seconds).max())
        for made, found in pairs
    )
    boundaries, events = [], []
    for made, found in pairs:
        starts = [(phase.label, phase.start_seconds) for phase in found.phases]
        boundaries += errors([(label, start) for label, start, _ in made.phases], starts)
        spots = [(event.label, event.time_seconds) for event in found.events]
        events += errors(list(made.events), spots)
    invented = sum(
        len(found.phases) > len(made.phases) or len(found.events) > len(made.events)
        for made, found in pairs
    )
    print(f"{name:32} {1000 * clock:8.2f}  {said(boundaries)}  {said(events)}"
          + (f"  more than is true in {invented}" if invented else ""), flush=True)  # fmt: skip
    offsets = [np.median(known) for known in (matched(boundaries), matched(events)) if len(known)]
    return clock > MOST_CLOCK_SECONDS or any(abs(o) > MOST_OFFSET_SECONDS for o in offsets)


def errors(true: list[tuple[str, float]], found: list[tuple[str, float]]) -> list[float]:
    """Returns found minus true seconds of each true time, NaN where it was missed."""
    off = []
    for label, time in true:
        near = [other - time for name, other in found if name == label]
        nearest = min(near, key=abs, default=np.nan)
        off.append(nearest if abs(nearest) <= WITHIN_SECONDS else np.nan)
    return off


def matched(off: list[float]) -> np.ndarray:
    return np.array([value for value in off if not np.isnan(value)])


def said(off: list[float]) -> str:
    known = 1000 * matched(off)
    missed = f"{len(off) - len(known)} of {len(off)}"
    if not len(known):
        return f"{'-':>6}  {'-':>5}  {'-':>5}  {missed:>8}"
    size = np.abs(known)
    return f"{np.median(known):+6.0f}  {np.median(size):5.0f}  {size.max():5.0f}  {missed:>8}"


def write_frames(path: Path) -> Path:
    """Writes a video's frames as images into a folder, and returns it."""
    folder = path.with_suffix("")
    folder.mkdir(exist_ok=True)
    for earlier in folder.iterdir():
        earlier.unlink()
    with open_video(path) as video:
        for number, image in enumerate(video.read(list(range(video.num_frames)))):
            cv2.imwrite(str(folder / f"{number + 1:05d}.png"), image[..., ::-1])
    return folder


if __name__ == "__main__":
    sys.exit(main())
