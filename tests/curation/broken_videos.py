"""Makes videos that are broken or unusual, each with what must be said of it.

    python -m tests.curation.broken_videos FOLDER      makes them all and prints what mienet says

Frame k of 60 carries the number k as eight black or white blocks along its upper edge.
"""

import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from mienet.curation.probe import probe_video
from mienet.video.reader import VideoError, open_video

NUM_FRAMES = 60
SIZE = (128, 96)


@dataclass(frozen=True)
class Case:
    """One made file.

    Attributes:
        make: Writes it to a path.
        name: The file's name.
        frames: The numbers that its frames carry, if it must be read; None if it must be reported.
        report: A regular expression that the report must match.
    """

    make: Callable[[Path], object]
    name: str
    frames: tuple[int, ...] | None = None
    report: str = ""


ALL = tuple(range(NUM_FRAMES))


@cache
def picture(number: int, size: tuple[int, int] = SIZE) -> np.ndarray:
    width, height = size
    noise = np.random.default_rng(0).integers(40, 100, (height, width, 3)).astype(np.uint8)
    image = np.roll(noise, 3 * number, axis=1)
    for bit in range(8):
        left, right = bit * width // 8, (bit + 1) * width // 8
        image[: height // 6, left:right] = 235 if number >> bit & 1 else 16
    return image


def number_in(image: np.ndarray) -> int:
    height, width = image.shape[:2]
    rows = image[height // 24 : height // 8]
    blocks = [rows[:, (bit * width + 3) // 8 : ((bit + 1) * width - 3) // 8] for bit in range(8)]
    return sum(1 << bit for bit, block in enumerate(blocks) if block.size and block.mean() > 128)


encoded: dict[str, bytes] = {}  # by what they are made of: many cases begin with the same file


def write(path: Path, num_frames: int = NUM_FRAMES, **options: Any) -> Path:
    """Writes a good video, with the options of ``encode``."""
    kind = f"{path.suffix} {num_frames} {options}"
    if kind not in encoded or "times" in options:  # a function: in text another one may be the same
        encode(path, num_frames, **options)
        encoded[kind] = path.read_bytes()
    path.write_bytes(encoded[kind])
    return path


def encode(
    path: Path,
    num_frames: int,
    *,
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    size: tuple[int, int] = SIZE,
    times: Callable[[int], int] = lambda index: index,
    options: dict[str, str] | None = None,
    container_options: dict[str, str] | None = None,
    rotation: int = 0,
    container_format: str | None = None,
    cover: bool = False,
    sound: bool = False,
) -> None:
    with av.open(
        str(path), "w", format=container_format, options=container_options or {}
    ) as container:
        stream: Any = container.add_stream(codec, rate=25, options=options or {})
        stream.width, stream.height = size
        stream.pix_fmt = pixel_format
        stream.gop_size = 12
        stream.bit_rate = 3_000_000
        stream.codec_context.time_base = Fraction(1, 25)
        if rotation:
            stream.set_display_rotation(rotation)
        if sound:
            add_sound(container)
        for index in range(num_frames):
            frame = av.VideoFrame.from_ndarray(picture(index, size), format="rgb24")
            frame.pts, frame.time_base = times(index), Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def add_sound(container: Any) -> None:
    stream = container.add_stream("aac", rate=16_000)
    for index in range(40):
        frame = av.AudioFrame.from_ndarray(
            np.zeros((1, 1024), np.float32), format="fltp", layout="mono"
        )
        frame.sample_rate, frame.pts = 16_000, 1024 * index
        container.mux(stream.encode(frame))
    container.mux(stream.encode())


def sound_alone(path: Path) -> None:
    with av.open(str(path), "w") as container:
        add_sound(container)


Make = Callable[[Path], object]


def changed(change: Callable[[bytearray], bytes | bytearray], **options: Any) -> Make:
    """Returns a maker that writes a good file and then changes its bytes."""

    def make(path: Path) -> None:
        write(path, **options)
        path.write_bytes(change(bytearray(path.read_bytes())))

    return make


def cut(part: float, **options: Any) -> Make:
    return changed(lambda data: data[: int(part * len(data))], **options)


def flipped(seed: int) -> Make:
    def change(data: bytearray) -> bytearray:
        generator = np.random.default_rng(seed)
        start = data.index(b"mdat") + 4
        for position in generator.integers(start, len(data), 3):
            data[position] ^= 1 << int(generator.integers(8))
        return data

    return changed(change, container_options=FAST_START)


def zeroed(data: bytearray) -> bytearray:
    middle = len(data) // 2
    data[middle : middle + 4096] = bytes(4096)
    return data


def header_of_8k(data: bytearray) -> bytearray:
    """Writes 7680x4320 over the size in the sample description, and in the track header."""
    at = data.index(b"avc1", data.index(b"stsd")) + 4 + 24
    data[at : at + 4] = (7680).to_bytes(2, "big") + (4320).to_bytes(2, "big")
    track = data.index(b"tkhd") + 4 + 76
    data[track : track + 8] = (7680 << 16).to_bytes(4, "big") + (4320 << 16).to_bytes(4, "big")
    return data


def more_frames_promised(data: bytearray) -> bytearray:
    """Doubles the number of frames in an AVI's stream header."""
    at = data.index(b"strh") + 8 + 32
    data[at : at + 4] = (2 * NUM_FRAMES).to_bytes(4, "little")
    return data


def without_start(path: Path) -> None:
    """Copies the packets from the fifth on, so that the first frames lack their keyframe."""
    source = path.with_name("whole_" + path.name)
    write(source)
    with av.open(str(source)) as whole, av.open(str(path), "w") as part:
        stream = part.add_stream_from_template(whole.streams.video[0])
        for index, packet in enumerate(whole.demux(whole.streams.video[0])):
            if index >= 5 and packet.size:
                packet.stream = stream
                part.mux(packet)
    source.unlink()


def joined(path: Path) -> None:
    """One MP4 behind another in one file, of which a player shows the first."""
    write(path)
    path.write_bytes(2 * path.read_bytes())


def as_other_name(suffix: str) -> Make:
    def make(path: Path) -> None:
        source = write(path.with_suffix(suffix))
        source.rename(path)

    return make


def header_alone(path: Path) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        container.start_encoding()


def of_two_sizes(path: Path) -> None:
    """A transport stream whose second half has other pixels, as a camera makes that is changed."""
    large = write(path.with_name("large.ts")).read_bytes()
    small = write(path.with_name("small.ts"), size=(64, 48)).read_bytes()
    path.write_bytes(large + small)
    path.with_name("large.ts").unlink()
    path.with_name("small.ts").unlink()


def image_as_video(path: Path) -> None:
    cv2.imwrite(str(path.with_suffix(".jpg")), picture(0))
    path.with_suffix(".jpg").rename(path)


def frame_folder(change: Make, suffix: str = ".jpg") -> Make:
    def make(path: Path) -> None:
        path.mkdir()
        for number in range(1, 21):
            cv2.imwrite(str(path / f"img_{number:05d}{suffix}"), picture(number - 1)[:, :, ::-1])
        change(path)

    return make


def cut_image(folder: Path) -> None:
    (image,) = folder.glob("img_00010.*")
    image.write_bytes(image.read_bytes()[:-300])


FAST_START = {"movflags": "faststart"}
VP9: dict[str, Any] = {"codec": "libvpx-vp9", "options": {"deadline": "realtime", "cpu-used": "8"}}
FRAGMENTS = {"movflags": "frag_keyframe+empty_moov"}
CUT = "cut short|unreadable|damaged|cannot be read|cannot be decoded"

CASES = {
    "good": Case(write, "good.mp4", ALL),
    **{
        f"mp4 cut to {percent} %": Case(
            cut(percent / 100, container_options=FAST_START), f"cut_{percent}.mp4", report=CUT
        )
        for percent in (1, 5, 10, 25, 40, 50, 60, 75, 90, 99)
    },
    "mp4 cut, index at the end": Case(cut(0.9), "no_index.mp4", report=CUT),
    "mkv cut": Case(cut(0.5), "cut.mkv", report=CUT),
    "webm cut": Case(cut(0.5, **VP9), "cut.webm", report=CUT),
    "avi cut": Case(cut(0.5, codec="mpeg4"), "cut.avi", report=CUT),
    "flv cut": Case(cut(0.5), "cut.flv", report=CUT),
    "fragmented mp4 cut": Case(cut(0.5, container_options=FRAGMENTS), "fragments.mp4", report=CUT),
    "transport stream cut": Case(cut(0.5), "cut.ts", report=CUT),
    **{
        f"bit flips {seed}": Case(flipped(seed), f"flips_{seed}.mp4", report="damaged")
        for seed in range(5)
    },
    "4 KB of zeros inside": Case(
        changed(zeroed, container_options=FAST_START), "zeros_inside.mp4", report="damaged"
    ),
    "empty file": Case(lambda path: path.touch(), "empty.mp4", report="the file is empty"),
    "zeros alone": Case(
        lambda path: path.write_bytes(bytes(100_000)), "zeros.mp4", report="cannot be read"
    ),
    "text": Case(lambda path: path.write_text("a video"), "text.mp4", report="cannot be read"),
    "mp4 called avi": Case(as_other_name(".mp4"), "really_mp4.avi", ALL),
    "image called mp4": Case(image_as_video, "image.mp4", (0,)),
    "sound alone": Case(sound_alone, "sound.mp4", report="no video stream"),
    "sound that goes on": Case(lambda path: write(path, 20, sound=True), "sound_on.mp4", ALL[:20]),
    "one frame": Case(lambda path: write(path, 1), "one.mp4", (0,)),
    "no frames": Case(header_alone, "none.mkv", report="no frames|cannot be read"),
    "gray, 4:0:0": Case(lambda path: write(path, pixel_format="gray"), "gray.mp4", ALL),
    "4:4:4": Case(lambda path: write(path, pixel_format="yuv444p"), "444.mp4", ALL),
    "10 bits": Case(lambda path: write(path, pixel_format="yuv420p10le"), "10bit.mp4", ALL),
    "full range": Case(
        lambda path: write(path, pixel_format="yuvj420p", codec="mjpeg"), "mjpeg.avi", ALL
    ),
    "alpha": Case(lambda path: write(path, pixel_format="yuva420p", **VP9), "alpha.webm", ALL),
    "odd size": Case(
        lambda path: write(path, size=(131, 97), pixel_format="yuv444p"), "odd.mp4", ALL
    ),
    "1x1": Case(
        lambda path: write(path, 5, size=(1, 1), codec="ffv1", pixel_format="bgr0"),
        "1x1.mkv", (0,) * 5,
    ),
    "rotated": Case(lambda path: write(path, rotation=180), "rotated.mp4", ALL),
    "variable rate": Case(
        lambda path: write(path, times=lambda index: index + 5 * (index // 7)), "variable.mp4", ALL
    ),
    "edit list": Case(
        lambda path: write(path, times=lambda index: index - 10), "edit.mp4", ALL[10:]
    ),
    "start at a later time": Case(
        lambda path: write(path, times=lambda index: index + 1000), "late.mp4", ALL
    ),
    "many B-frames": Case(
        lambda path: write(path, options={"bf": "8", "b-adapt": "0", "b-pyramid": "normal"}),
        "b_frames.mp4", ALL,
    ),
    "open groups of pictures": Case(
        lambda path: write(path, options={"x264-params": "open-gop=1:keyint=12:bframes=3"}),
        "open.mp4", ALL,
    ),
    "first keyframe missing": Case(
        without_start, "no_start.mp4", report="damaged|cannot be decoded"
    ),
    "header says 8K": Case(
        changed(header_of_8k, container_options=FAST_START), "8k.mp4", ALL
    ),
    "header promises more frames": Case(
        changed(more_frames_promised, codec="mpeg4"), "promises.avi", report="cut short"
    ),
    "two files joined": Case(joined, "joined.mp4", ALL),
    "rubbish behind the end": Case(
        changed(lambda data: data + bytes(range(256)) * 40), "rubbish.mp4", ALL
    ),
    "interlaced": Case(
        lambda path: write(path, codec="mpeg2video", options={"flags": "+ilme+ildct"}), "i.mpg", ALL
    ),
    "size changes": Case(of_two_sizes, "sizes.ts", report="frame .* has 64x48|unreadable|damaged"),
    "raw stream, no times": Case(lambda path: write(path), "raw.h264", ALL),
    "frames with a gap": Case(
        frame_folder(lambda folder: (folder / "img_00007.jpg").unlink()),
        "gap", report="missing frame",
    ),
    "frames, one cut (jpg)": Case(frame_folder(cut_image), "cut_jpg", report="img_00010"),
    "frames, one cut (png)": Case(frame_folder(cut_image, ".png"), "cut_png", report="img_00010"),
    "frames, one empty": Case(
        frame_folder(lambda folder: (folder / "img_00003.jpg").write_bytes(b"")),
        "empty_image", report="img_00003",
    ),
    "frames of two sizes": Case(
        frame_folder(
            lambda folder: cv2.imwrite(str(folder / "img_00020.jpg"), picture(19, (64, 48)))
        ),
        "two_sizes", report="frame 19 has 64x48 pixels",
    ),
}  # fmt: skip


def numbers(path: Path) -> tuple[int, ...]:
    """Returns what the frames of a video carry, read one by one and all at once."""
    with open_video(path) as video:
        together = video.read(range(video.num_frames))
        alone = [video.read([index])[0] for index in range(video.num_frames)]
    if not np.array_equal(together, np.stack(alone)):
        raise AssertionError("a frame read alone differs from the same frame read with the others")
    upright = together[:, ::-1, ::-1] if "rotated" in path.name else together
    return tuple(number_in(image) for image in upright)


def outcome(path: Path) -> tuple[tuple[int, ...] | None, str]:
    """Returns the frames' numbers, or None and the report, of a probe and of a reading alike."""
    probe = probe_video(str(path))
    if probe.problem:
        return None, probe.problem
    try:
        return numbers(path), ""
    except VideoError as error:
        return None, f"the probe found nothing, but reading: {error}"


def verdict(case: Case, found: tuple[int, ...] | None, report: str) -> str:
    """Returns "read", "reported", or what is wrong."""
    if found is not None and case.frames == found:
        return "read"
    if found is None and case.frames is None and re.search(case.report, report):
        return "reported"
    return f"WRONG: {report or f'read as {found}'}"


def main(folder: Path) -> int:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    wrong = 0
    for kind, case in CASES.items():
        path = folder / case.name
        case.make(path)
        found, report = outcome(path)
        said = verdict(case, found, report)
        wrong += said.startswith("WRONG")
        detail = report.replace(f"{folder}/", "")[:100]
        print(f"{kind:30} {said if said.startswith('WRONG') else f'{said:9} {detail}'}")
    print(f"{len(CASES)} kinds, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
