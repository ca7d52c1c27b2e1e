"""How many frames a file has, when each is shown, and how they are found."""

import struct
from fractions import Fraction
from pathlib import Path
from unittest import mock

import av
import numpy as np
import pytest

from mienet.video import packets
from mienet.video.content import LocalFile
from mienet.video.packets import IndexCache, PacketIndex
from mienet.video.reader import VideoError, VideoFile, open_video
from tests.conftest import WriteVideo, frame_number

B_FRAMES = {"x264-params": "bframes=3:b-adapt=0:keyint=10"}


def write_moving(path: Path, codec: str, num_frames: int = 30, **options: str) -> Path:
    """Writes frames that are told apart by their gray level, with B-frames."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        stream.bit_rate, stream.gop_size = 8_000_000, 10
        if codec in ("mpeg4", "mpeg2video"):
            stream.codec_context.max_b_frames = 2
        for index in range(num_frames):
            image = np.full((64, 96, 3), 20 + 4 * index, np.uint8)
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts = index
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def numbers(video: VideoFile, indices: list[int]) -> list[int]:
    return [frame_number(image) for image in video.read(indices)]


CONTAINERS = {
    "libx264": ["avi", "asf", "wmv", "mkv", "mov", "mp4", "3gp", "ts", "flv", "mxf"],
    "libx265": ["mkv", "mov", "mp4", "ts"],
    "mpeg4": ["avi", "asf", "wmv", "mkv", "mov", "mp4", "3gp", "ts"],
    "mpeg2video": ["avi", "asf", "mkv", "mov", "mp4", "ts", "mpg", "mxf"],
}


@pytest.mark.parametrize(
    ("codec", "ending"), [(codec, name) for codec, names in CONTAINERS.items() for name in names]
)
def test_frames_come_in_the_order_shown_with_an_even_clock(
    tmp_path: Path, codec: str, ending: str
) -> None:
    name = f"a.{ending}"
    options = dict(B_FRAMES) if codec == "libx264" else {"x265-params": "log-level=none"}
    with VideoFile(write_moving(tmp_path / name, codec, **options)) as video:
        assert numbers(video, list(range(30))) == list(range(30))
        for index in (17, 3, 29, 12, 0):
            assert numbers(video, [index]) == [index]
        assert video.timestamps_seconds is not None
        steps = np.diff(video.timestamps_seconds)
    assert (video.timestamps_seconds[0], video.notes) == (0, [])
    np.testing.assert_allclose(steps, 0.04, atol=0.0011)


@pytest.mark.parametrize("name", ["a.h264", "a.264", "a.mp4"])
def test_a_raw_stream_has_assumed_times(tmp_path: Path, name: str) -> None:
    path = write_moving(tmp_path / "raw.h264", "libx264", **B_FRAMES).rename(tmp_path / name)
    with VideoFile(path) as video:
        assert numbers(video, [0, 7, 29]) == [0, 7, 29]
        assert video.notes == ["no times in the file; 25 frames per second are assumed"]
        assert video.timestamps_seconds is not None
        assert video.timestamps_seconds[[1, 29]].tolist() == [0.04, 1.16]


@pytest.mark.parametrize(
    ("name", "form", "codec"),
    [("a.mjpeg", "mjpeg", "mjpeg"), ("b.avi", "mjpeg", "mjpeg"), ("a.265", "hevc", "libx265"),
     ("a.m2v", "mpeg2video", "mpeg2video"), ("a.m4v", "m4v", "mpeg4")],
)  # fmt: skip
def test_raw_streams_of_other_codecs_are_read(
    tmp_path: Path, name: str, form: str, codec: str
) -> None:
    path = tmp_path / name
    with av.open(str(path), "w", format=form) as container:
        stream = container.add_stream(codec, rate=25, options={"x265-params": "log-level=none"})
        stream.width, stream.height = 96, 64
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.bit_rate = 8_000_000
        for index in range(20):
            image = np.full((64, 96, 3), 20 + 4 * index, np.uint8)
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts = index
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    with VideoFile(path) as video:
        assert numbers(video, [13, 3, 19]) == [13, 3, 19]
        assert video.notes == ["no times in the file; 25 frames per second are assumed"]
        assert video.timestamps_seconds is not None
        assert video.timestamps_seconds[19] == 0.76


def test_a_raw_stream_with_b_frames_is_counted(tmp_path: Path) -> None:
    # FFmpeg counts its times in the order of decoding, and gives them to the wrong frames.
    for codec, name in (("mpeg1video", "a.m1v"), ("mpeg2video", "a.m2v")):
        with VideoFile(write_moving(tmp_path / name, codec)) as video:
            assert numbers(video, list(range(30))) == list(range(30))
            assert numbers(video, [15]) == [15]


def test_a_raw_stream_all_of_whose_packets_are_called_keyframes(tmp_path: Path) -> None:
    path = tmp_path / "a.h261"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("h261", rate=25)
        stream.width, stream.height, stream.pix_fmt = 176, 144, "yuv420p"
        stream.bit_rate = 4_000_000
        for index in range(30):
            image = np.full((144, 176, 3), 20, np.uint8)
            image[:, 5 * index : 5 * index + 20] = 250  # a bar, so that most is predicted
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode())
    with VideoFile(path) as video:
        images = video.read(range(30))
        for index in (15, 3, 29):
            np.testing.assert_array_equal(video.read([index])[0], images[index])


def test_colors_that_come_once_with_the_first_packet_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.avi"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("rawvideo", rate=25)
        stream.width, stream.height, stream.pix_fmt = 48, 32, "pal8"
        for index in range(5):
            image = np.full((32, 48, 3), 51 * index, np.uint8)
            frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format="rgb8")
            plane = np.asarray(frame.to_ndarray())
            palette = np.tile(np.arange(256, dtype=np.uint8)[:, None], (1, 4))
            container.mux(stream.encode(av.VideoFrame.from_ndarray((plane, palette), "pal8")))
        container.mux(stream.encode())
    with VideoFile(path) as video:
        assert video.read([4]).mean() > 200
        assert video.read([0]).mean() < video.read([4]).mean()


@pytest.mark.parametrize("rate", [500, 1000, 2000])
def test_a_clock_of_milliseconds_does_not_cut_fast_videos_short(tmp_path: Path, rate: int) -> None:
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=rate)
        stream.width, stream.height, stream.pix_fmt = 48, 32, "yuv420p"
        for index in range(30):
            image = np.full((32, 48, 3), 20 + 4 * index, np.uint8)
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts = index
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    with VideoFile(path) as video:
        assert numbers(video, [13, 29]) == [13, 29]


@pytest.mark.parametrize("wrong", [{6: 5}, {5: 6}, {6: 5, 7: 5}, {6: 5, 12: 11, 19: 18}])
def test_a_frame_with_its_neighbors_time_keeps_the_clock(
    tmp_path: Path, wrong: dict[int, int]
) -> None:
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 48, 32, "yuvj420p"
        for index in range(20):
            image = np.full((32, 48, 3), 20 + 4 * index, np.uint8)
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts = index
            for packet in stream.encode(frame):
                packet.pts = packet.dts = wrong.get(index, index)
                container.mux(packet)
    with VideoFile(path) as video:
        assert numbers(video, list(range(20))) == list(range(20))
        np.testing.assert_allclose(video.timestamps_seconds, np.arange(20) / 25)
        named = ", ".join(map(str, sorted(wrong)))
        assert video.notes == [
            f"{len(wrong)} frame(s) without a time of their own ({named}): derived"
        ]


def without_times(path: Path, places: list[int]) -> Path:
    """Takes the times from some frames of a transport stream, numbered as they are stored."""
    content = bytearray(path.read_bytes())
    at = -1
    for place in range(30):
        at = content.index(b"\x00\x00\x01\xe0", at + 1)
        if place in places:
            content[at + 7] = 0  # says that neither time follows
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("places", [[0], [5], [0, 1, 2], [3, 9, 10, 29]])
@pytest.mark.parametrize("options", [B_FRAMES, {"x264-params": "bframes=0"}])
def test_frames_without_times_get_them_from_their_neighbors(
    tmp_path: Path, options: dict[str, str], places: list[int]
) -> None:
    path = without_times(write_moving(tmp_path / "a.ts", "libx264", **options), places)
    with VideoFile(path) as video:
        assert numbers(video, list(range(30))) == list(range(30))
        np.testing.assert_allclose(video.timestamps_seconds, np.arange(30) / 25, atol=1e-4)
        (note,) = video.notes
        assert note.startswith(f"{len(places)} frame(s) without a time of their own")


def write_with_sound(path: Path, *, picture_from: float, sound_from: float) -> Path:
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt = 48, 32, "yuv420p"
        sound = container.add_stream(
            "mp2" if path.suffix in (".ts", ".avi") else "aac", rate=48_000
        )
        for index in range(50):
            frame = av.VideoFrame.from_ndarray(np.full((32, 48, 3), 20 + 4 * index, np.uint8))
            frame.pts = index + round(25 * picture_from)
            container.mux(video.encode(frame))
        size = sound.codec_context.frame_size or 1024
        kind = sound.codec_context.format.name
        for index in range(60):
            samples = np.zeros((1, size), np.float32 if "flt" in kind else np.int16)
            heard = av.AudioFrame.from_ndarray(samples, format=kind, layout="mono")
            heard.sample_rate, heard.pts = 48_000, size * index + round(48_000 * sound_from)
            container.mux(sound.encode(heard))
        container.mux(video.encode())
        container.mux(sound.encode())
    return path


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mkv", "a.ts"])
def test_seconds_count_from_the_sound_if_it_starts_first(tmp_path: Path, name: str) -> None:
    with VideoFile(write_with_sound(tmp_path / name, picture_from=1, sound_from=0)) as video:
        assert video.timestamps_seconds is not None
        assert video.timestamps_seconds[0] == pytest.approx(1, abs=0.03)
        assert video.timestamps_seconds[25] == pytest.approx(2, abs=0.03)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts"])
def test_seconds_count_from_the_first_frame_if_the_sound_is_late(tmp_path: Path, name: str) -> None:
    with VideoFile(write_with_sound(tmp_path / name, picture_from=0, sound_from=1)) as video:
        assert video.timestamps_seconds is not None
        assert video.timestamps_seconds[0] == 0


def with_time_scale(path: Path, box: bytes, time_scale: int) -> Path:
    content = bytearray(path.read_bytes())
    at = content.index(box) + 16
    content[at : at + 4] = struct.pack(">I", time_scale)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(("box", "scale"), [(b"mdhd", 1), (b"mdhd", 100), (b"mvhd", 1_000_000)])
def test_a_false_time_scale_does_not_leave_one_frame(
    write_video: WriteVideo, box: bytes, scale: int
) -> None:
    path = with_time_scale(write_video(num_frames=40), box, scale)
    with pytest.raises(VideoError, match=r"its edit list leaves \d of 40 frames") as raised:
        open_video(path)
    assert raised.value.kind == "damaged"


def test_frames_that_an_edit_list_hides_are_noted(write_video: WriteVideo) -> None:
    path = with_time_scale(write_video(num_frames=40), b"mvhd", 3000)
    with open_video(path) as video:
        assert video.num_frames < 40
        assert video.notes == [f"an edit list hides {40 - video.num_frames} of 40 frames"]


def test_an_edit_list_may_cut_a_video_of_a_variable_rate(
    tmp_path: Path, write_video: WriteVideo
) -> None:
    whole = write_video(num_frames=40)
    with av.open(str(tmp_path / "ticks.mp4"), "w") as out, av.open(str(whole)) as container:
        stream = out.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 48, 32, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 90_000)  # what x264 notes in place of a rate
        for number, frame in enumerate(container.decode(video=0)):
            frame.pts, frame.time_base = 3600 * (number - 10), Fraction(1, 90_000)
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    with open_video(tmp_path / "ticks.mp4") as video:
        assert video.notes == ["an edit list hides 10 of 40 frames"]
        assert frame_number(video.read([0])[0]) == 10
        assert video.timestamps_seconds is not None
        assert video.timestamps_seconds[:2].tolist() == [0.0, 0.04]


@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
def test_a_cut_mxf_is_reported(tmp_path: Path, part: float) -> None:
    path = write_moving(tmp_path / "a.mxf", "mpeg2video")
    path.write_bytes(path.read_bytes()[: int(part * path.stat().st_size)])
    with pytest.raises(VideoError, match=r"cut short|damaged"), open_video(path) as video:
        video.read(range(video.num_frames))


def test_the_packets_of_a_file_are_walked_once(write_video: WriteVideo) -> None:
    path = write_video()
    with mock.patch.object(packets, "_read", wraps=packets._read) as read:
        for index in range(20):
            with open_video(path) as video:
                assert frame_number(video.read([index])[0]) == index
        assert read.call_count == 1
        write_video(num_frames=25)
        with open_video(path) as video:
            assert video.num_frames == 25
        assert read.call_count == 2


def test_few_indices_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packets, "MOST_FRAMES_KEPT", 20)
    built = []

    def build() -> PacketIndex:
        built.append(1)
        return PacketIndex(np.zeros(8), None, [], ())

    cache = IndexCache()
    for name in "abc":
        (tmp_path / name).touch()
    for name in "abccba":
        cache.get(LocalFile(tmp_path / name), build)
    assert len(built) == 4  # a, b, c, and a again
