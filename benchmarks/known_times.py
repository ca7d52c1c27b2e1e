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
from collections.abc import Sequence
from pathlib import Path

import cv2
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
SHORT_FRAMES = 30  # of 25 a second: less than the demo's windows of 2.5 seconds
FOLDER = "folder of frames"

Kind = tuple[str, str, VideoFile, tuple[float, ...]]
KINDS: list[Kind] = [
    *((f"{fps} fps", ".mp4", VideoFile(frames_per_second=fps), RESTS)
      for fps in (10, 15, 24, 25, 50, 60, 120, 240)),
    ("variable rate, MP4", ".mp4", VideoFile(is_variable=True), RESTS),
    ("variable rate, Matroska", ".mkv", VideoFile(is_variable=True), RESTS),
    *((f"rotated by {turn}", ".mp4", VideoFile(rotation=turn), RESTS) for turn in (90, 180, 270)),
    ("starts at 3.5 s, MP4", ".mp4", VideoFile(first_seconds=3.5), RESTS),
    ("starts at 3.5 s, Matroska", ".mkv", VideoFile(first_seconds=3.5), RESTS),
    ("3.5 s behind sound, MP4", ".mp4", VideoFile(first_seconds=3.5, has_sound=True), RESTS),
    ("3.5 s behind sound, Matroska", ".mkv", VideoFile(first_seconds=3.5, has_sound=True), RESTS),
    ("131x97 pixels", ".mp4", VideoFile((131, 97)), RESTS),
    ("shorter than a window", ".mp4", VideoFile(num_frames=SHORT_FRAMES), (0.2, 1.0)),
    ("one frame", ".mp4", VideoFile(num_frames=1), RESTS),
    ("no motion", ".mp4", VideoFile(), (4.0,)),
    (FOLDER, ".mp4", VideoFile(), RESTS),
    (f"{FOLDER}, 240 fps", ".mp4", VideoFile(frames_per_second=240), RESTS),
    (f"{FOLDER}, no rate", ".mp4", VideoFile(), RESTS),
]  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("--athletes", type=int, default=3)
    parser.add_argument("--seed", type=int, default=100)
    options = parser.parse_args()
    recognizer = mienet.load(options.model)
    print(f"{'milliseconds':32}    clock  starts of phases: off          events: off")
    print(f"{'':32}           offset    off   most    missed  offset    off   most    missed")
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        for name, ending, file, rests in KINDS:
            pairs = []
            for athlete in range(options.athletes):
                path = Path(folder) / f"{len(pairs)}{ending}"
                made = make_recording(
                    path, athlete=athlete, rests_seconds=rests, file=file, seed=options.seed
                )
                reading = RecordingOptions()
                if name.startswith(FOLDER):
                    path = write_frames(path)
                    if "no rate" not in name:
                        reading = RecordingOptions(capture_fps=file.frames_per_second)
                try:
                    pairs.append((made, recognizer.timeline(path, reading)))
                except MienetError as error:
                    print(f"{name:32} error: {error}")
                    break
            else:
                wrong += [name] if is_wrong(name, pairs) else []
    if wrong:
        print(f"wrong times: {', '.join(wrong)}")
    return 1 if wrong else 0


def is_wrong(name: str, pairs: Sequence[tuple[MadeRecording, Timeline]]) -> bool:
    """Prints the errors of one kind of file, and returns whether its times are wrong."""
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
