"""Reads a folder of difficult inputs as mienet reads them, and prints expected and found.

    python benchmarks/cases.py FOLDER

FOLDER holds ``videos/``, ``lists/`` and ``photo_beside_video/``. In the videos frame k carries the
number k (12 bits, lowest first) as black and white blocks in the upper eighth of the upright
picture. What is right for a picture is what ``ffmpeg``, which must be installed, shows: every
frame is compared with it, after its turns, mirrors and pixel aspect ratio. Exit code 1 if a row
differs.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mienet.annotations.readers import read_annotations
from mienet.data.resolve import resolve
from mienet.errors import MienetError
from mienet.video.reader import open_video

Row = tuple[str, str, str]
"""Input, expected, found."""

SQUARE_PIXELS = "scale='trunc(iw*if(sar,sar,1)+0.5)':ih,setsar=1"
DIFFERENCE = 6.0
"""Gray levels, on average over a frame, that two scalers may differ by."""


@dataclass(frozen=True)
class Expected:
    """What is right for a video.

    Attributes:
        frames: Its number of frames.
        seconds: When it starts and how long it lasts; None where nothing is said about it.
        note: A word of the note that must be given; None where there need be none.
        numbered: Whether the frames' numbers can be read.
    """

    frames: int = 60
    seconds: tuple[float, float] | None = (0.0, 2.4)
    note: str | None = None
    numbered: bool = True


VIDEOS = {
    "anim.gif": Expected(seconds=(0.0, 8.8)),
    "camcorder.MTS": Expected(note="interlaced", seconds=None),
    "cover_first.mp4": Expected(),
    "dup_pts.mkv": Expected(note="time"),
    "dvd.vob": Expected(seconds=None),
    "h264_b.avi": Expected(),
    "h264_nob.avi": Expected(),
    "hdv.m2ts": Expected(seconds=None),
    "mirror.mp4": Expected(numbered=False),
    "mpeg4_b.avi": Expected(),
    "phone.3g2": Expected(frames=30, seconds=None),
    "pi.h264": Expected(note="assumed"),
    "plain.mp4": Expected(),
    "preview_first.mp4": Expected(),
    "pro.mxf": Expected(),
    "rot90.mp4": Expected(numbered=False),
    "sar2.mp4": Expected(),
    "vflip.mp4": Expected(numbered=False),
    "vfr.mp4": Expected(seconds=None),
    "video_late.mp4": Expected(seconds=(1.0, 2.4)),
    "wmv.asf": Expected(),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    if shutil.which("ffmpeg") is None:
        sys.exit("ffmpeg is not installed, and is the judge of what a picture looks like")
    wrong = 0
    for name, expected, found in rows(folder):
        same = expected == found
        wrong += not same
        print(f"{'ok   ' if same else 'WRONG'} {name}\n        expected: {expected}")
        if not same:
            print(f"        found:    {found}")
    print(f"\n{wrong} wrong")
    return 1 if wrong else 0


def rows(folder: Path) -> Iterator[Row]:
    for name, expected in VIDEOS.items():
        yield f"videos/{name}", *video_row(folder / "videos" / name, expected)
    yield "videos/hevc.avi", *refusal(folder / "videos/hevc.avi", "export it again", without="None")
    yield "videos/anim.webp", *refusal(folder / "videos/anim.webp", "WebP", without="damaged")
    yield from folder_rows(folder)
    with tempfile.TemporaryDirectory() as place:
        yield from list_rows(folder / "lists", Path(place))


def video_row(path: Path, expected: Expected) -> tuple[str, str]:
    """Returns what is right for a video, and what mienet reads, in the same words."""
    picture = "as ffmpeg shows it"
    numbers = "frames in order" if expected.numbered else "frames not numbered upright"
    clock = "any clock"
    if expected.seconds is not None:
        clock = f"from {expected.seconds[0]:.2f} s for {expected.seconds[1]:.2f} s"
    note = f"noted: {expected.note}" if expected.note else "no note asked for"
    right = [f"{expected.frames} frames", numbers, clock, picture, note]
    try:
        with open_video(path) as video:
            images = video.read(range(video.num_frames))
            times, notes = video.timestamps_seconds, video.notes
    except MienetError as error:
        return "; ".join(right), f"error: {error}"
    found = [f"{len(images)} frames", numbers, clock, picture, note]
    read = [frame_number(image) for image in images]
    if expected.numbered and read != list(range(len(images))):
        found[1] = f"frames numbered {read}"
    if expected.seconds is not None and times is not None:
        last = float(times[-1] - times[-2])
        found[2] = f"from {times[0]:.2f} s for {times[-1] - times[0] + last:.2f} s"
    difference = against_ffmpeg(path, images)
    if difference is not None:
        found[3] = difference
    if expected.note and not any(expected.note in text for text in notes):
        found[4] = f"notes: {list(notes)}"
    return "; ".join(right), "; ".join(found)


def frame_number(image: np.ndarray) -> int:
    """Returns the number in the blocks along a frame's upper edge."""
    height, width = image.shape[:2]
    row = image[height // 16, :, :].mean(axis=1)
    bits = [row[int((k + 0.5) * width / 12)] > 128 for k in range(12)]
    return int(sum(int(bit) << k for k, bit in enumerate(bits)))


def against_ffmpeg(path: Path, images: np.ndarray) -> str | None:
    """Returns how the frames differ from those that ffmpeg shows, or None if they do not."""
    height, width = images.shape[1:3]
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-vf", SQUARE_PIXELS]
    command += ["-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    shown = subprocess.run(command, capture_output=True, check=False).stdout
    if len(shown) != images.size:
        frames = len(shown) / (height * width * 3)
        return f"{width}x{height}, where ffmpeg shows {frames:.2f} such frames"
    theirs = np.frombuffer(shown, np.uint8).reshape(images.shape)
    worst = np.abs(images.astype(int) - theirs).mean(axis=(1, 2, 3)).max()
    return f"differs by {worst:.1f} gray levels" if worst > DIFFERENCE else None


def refusal(path: Path, word: str, *, without: str) -> tuple[str, str]:
    right = f"an error that says {word}, and not {without}"
    try:
        with open_video(path) as video:
            return right, f"{len(video.read(range(video.num_frames)))} frames"
    except MienetError as error:
        said = str(error)
    return right, right if word in said and without not in said else f"error: {said}"


def folder_rows(folder: Path) -> Iterator[Row]:
    found = resolve(folder / "photo_beside_video")
    names = sorted(Path(record.path).name for record in found.splits["all"].records)
    ignored = [Path(entry.path).name for entry in found.ignored]
    right = "['IMG_0002.MP4', 'IMG_0004.mp4'], ignored ['IMG_0001.JPG']"
    yield "photo_beside_video", right, f"{names}, ignored {ignored}"
    found = resolve(folder / "videos")
    named = {Path(record.path).name for record in found.splits["all"].records}
    named |= {Path(entry.path).name for entry in found.ignored}
    silent = sorted({entry.name for entry in (folder / "videos").iterdir()} - named)
    yield "videos/", "silently missing: []", f"silently missing: {silent}"


def list_rows(lists: Path, place: Path) -> Iterator[Row]:
    names = [f"c{number}.mp4" for number in range(1, 13)]
    for name in [*names, "sub dir/clip one.mp4", "sub dir/Übung ñ 跳.mp4"]:
        (place / name).parent.mkdir(exist_ok=True)
        (place / name).write_bytes(b"x")

    def read(name: str) -> str:
        try:
            found = read_annotations(lists / name, root=place)
        except MienetError as error:
            return f"error: {error}"
        bad = [c for c in found.classes if any(ord(letter) < 32 for letter in c)]
        return f"{len(found.records)} rows, classes {found.classes}" + (f", bad {bad}" * bool(bad))

    jump_land = "['jump', 'land']"
    for name in ("semi.csv", "tabs.csv", "dec.csv", "slow.csv", "win.csv", "nfd.csv"):
        count = rows_of(lists / name)
        yield f"lists/{name}", f"{count} rows, classes {jump_land}", read(name)
    yield "lists/mm.txt", f"{rows_of(lists / 'mm.txt')} rows, classes ['0', '1']", read("mm.txt")
    yield "lists/q2.csv", *named_error(read("q2.csv"), "q2.csv:3")
    yield "lists/one.txt", *named_error(read("one.txt"), "from 1")
    yield "lists/num1.csv", f"{rows_of(lists / 'num1.csv')} rows", read("num1.csv").split(",")[0]


def rows_of(path: Path) -> int:
    """Returns the rows of a list, without the header that names its columns."""
    lines = [line for line in path.read_text("utf-8").splitlines() if line.strip()]
    return len(lines) - lines[0].startswith("path")


def named_error(found: str, words: str) -> tuple[str, str]:
    right = f"an error that names {words}"
    return right, right if found.startswith("error") and words in found else found


if __name__ == "__main__":
    sys.exit(main())
