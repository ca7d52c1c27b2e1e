import os
import shutil
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from mienet.video.reader import VideoError, open_video
from tests.conftest import WriteVideo, frame_number

WriteTracks = Callable[..., Path]


@pytest.fixture
def write_tracks(tmp_path: Path) -> WriteTracks:
    """Writes several video tracks: each a size, a disposition, and a number of frames."""

    def write(name: str, *tracks: tuple[int, str, int]) -> Path:
        with av.open(str(tmp_path / name), "w") as container:
            streams = []
            for width, disposition, _ in tracks:
                stream = container.add_stream("libx264", rate=25)
                stream.width, stream.height, stream.pix_fmt = width, 32, "yuv420p"
                stream.disposition = getattr(av.stream.Disposition, disposition, 0)
                streams.append(stream)
            for stream, (width, _, num_frames) in zip(streams, tracks, strict=True):
                for index in range(num_frames):
                    image = np.full((32, width, 3), 20 + 4 * index, np.uint8)
                    frame = av.VideoFrame.from_ndarray(image, format="rgb24")
                    frame.pts = index
                    container.mux(stream.encode(frame))
                container.mux(stream.encode())
        return tmp_path / name

    return write


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mkv"])
@pytest.mark.parametrize(
    "tracks",
    [
        [(48, "none", 10), (32, "default", 10)],
        [(32, "default", 10), (48, "none", 10)],
        [(16, "default", 10), (32, "default", 10)],
        [(32, "default", 10), (96, "timed_thumbnails", 1)],
    ],
)
def test_the_default_track_is_read_or_else_the_largest(
    write_tracks: WriteTracks, name: str, tracks: list[tuple[int, str, int]]
) -> None:
    with open_video(write_tracks(name, *tracks)) as video:
        assert video.num_frames == 10
        assert video.read([3]).shape[2] == 32


def test_a_track_of_one_frame_is_not_the_video(write_tracks: WriteTracks) -> None:
    with open_video(write_tracks("a.mp4", (96, "default", 1), (32, "default", 10))) as video:
        assert video.num_frames == 10


def test_the_largest_is_read_where_no_track_is_the_default(write_tracks: WriteTracks) -> None:
    with open_video(write_tracks("a.ts", (16, "none", 10), (64, "none", 10))) as video:
        assert video.read([9]).shape[2] == 64
        assert video.notes == ["2 video tracks; read is track 1, 64x32"]


NAMES = [
    "12:30.mp4",
    "file:y.mp4",
    "-x.mp4",
    "a%03d.mp4",
    "http:x.mp4",
    "pipe:0",
    os.fsdecode(b"\xe9"),
]


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_any_name_is_a_name(
    write_video: WriteVideo, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path = write_video("plain.mp4")
    shutil.copy(path, path.with_name(name))
    monkeypatch.chdir(path.parent)
    with open_video(name) as video:
        assert frame_number(video.read([7])[0]) == 7


SCRIPTS = {
    "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:2.4,\nplain.ts\n#EXT-X-ENDLIST\n",
    "concat": "ffconcat version 1.0\nfile plain.ts\n",
    "dash": '<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"/>',
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5 RTP/AVP 96\n",
    "poem": "a video\n",
}


@pytest.mark.parametrize("ending", ["mp4", "ts", "m3u8", "ffconcat", "sdp", "mpd", "txt", "nfo"])
@pytest.mark.parametrize("kind", SCRIPTS)
def test_a_playlist_or_script_opens_no_other_file(
    write_video: WriteVideo, kind: str, ending: str
) -> None:
    path = write_video("plain.ts").with_name(f"list.{ending}")
    path.write_text(SCRIPTS[kind])
    with pytest.raises(VideoError, match="it is a text; if it is a playlist or a script"):
        open_video(path)


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mkv", "a.webm", "a.avi", "a.flv", "a.asf"])
def test_metadata_that_is_not_utf8_is_no_matter(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    codec = "libvpx-vp9" if name.endswith("webm") else "mpeg4" if name != "a.flv" else "flv"
    with av.open(str(path), "w") as container:
        container.metadata["title"] = "TITLE-cafe"
        stream = container.add_stream(codec, rate=25)
        stream.metadata["handler_name"] = "TITLE-cafe"
        stream.width, stream.height, stream.pix_fmt = 48, 32, "yuv420p"
        for index in range(5):
            image = np.full((32, 48, 3), 20 + 4 * index, np.uint8)
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts = index
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    content = path.read_bytes()
    if name == "a.asf":  # which writes UTF-16
        old, new = "cafe".encode("utf-16-le"), "caf".encode("utf-16-le") + b"\x00\xd8"
    else:
        old, new = b"TITLE-cafe", b"TITLE-caf\xe9"
    assert old in content
    path.write_bytes(content.replace(old, new))
    with open_video(path) as video:
        assert video.num_frames == 5


def test_an_animated_webp_is_said_to_be_one(tmp_path: Path) -> None:
    header = b"RIFF\x30\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0\x0f\0\0\x0f\0\0"
    (tmp_path / "a.webp").write_bytes(header + b"ANIM\x06\0\0\0\0\0\0\0\0\0")
    with pytest.raises(VideoError, match="an animated WebP, which the decoder cannot read"):
        open_video(tmp_path / "a.webp")


@pytest.mark.parametrize(
    ("name", "codec", "pixel_format"),
    [("a.gif", "gif", "gray"), ("a.apng", "apng", "rgb24"), ("a.png", "apng", "rgb24")],
)
def test_animations_are_videos(tmp_path: Path, name: str, codec: str, pixel_format: str) -> None:
    form = "apng" if codec == "apng" else None
    with av.open(str(tmp_path / name), "w", format=form) as container:
        stream = container.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = 48, 32, pixel_format
        for index in range(12):
            image = np.full((32, 48, 3), 20 + 4 * index, np.uint8)
            image[:8, index : index + 8] = 255
            frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format=pixel_format)
            frame.pts = index
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    with open_video(tmp_path / name) as video:
        together = video.read(range(12))
        assert [round((image[-1, 0, 0] - 20) / 4) for image in together] == list(range(12))
        for index in (7, 3, 11):
            np.testing.assert_array_equal(video.read([index])[0], together[index])
