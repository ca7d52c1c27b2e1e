"""Videos at addresses: the same frames as of files, by few bytes, and what cannot be read."""

import sys
from collections.abc import Iterator
from pathlib import Path

import av
import fsspec
import numpy as np
import pytest

from mienet.errors import MissingExtraError
from mienet.video import packets, remote
from mienet.video.packets import IndexCache
from mienet.video.reader import Video, VideoError, open_video
from tests.store_stand_in import Store, serving

NUM_FRAMES = 40

FILES = {
    "first.mp4": ("libx264", {"movflags": "faststart"}),
    "last.mp4": ("libx264", {}),
    "pieces.mp4": ("libx264", {"movflags": "frag_keyframe+empty_moov"}),
    "hevc.mp4": ("libx265", {"movflags": "faststart"}),
    "old.mp4": ("mpeg4", {"movflags": "faststart"}),
    "vp9.mp4": ("libvpx-vp9", {"movflags": "faststart"}),
    "jpeg.mov": ("mjpeg", {}),
    "parsed.mp4": ("mpeg1video", {}),
    "a.mkv": ("libx264", {}),
    "a.ts": ("libx264", {}),
}
"""Files of noise, each larger than what is read of it to open it."""


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("videos")
    noise = np.random.default_rng(0).integers(0, 255, (NUM_FRAMES, 64, 96, 3), np.uint8)
    for name, (codec, options) in FILES.items():
        with av.open(str(folder / name), "w", options=options) as container:
            quiet = {"x265-params": "log-level=none"} if codec == "libx265" else {}
            stream = container.add_stream(codec, rate=25, options=quiet)
            stream.width, stream.height, stream.gop_size = 96, 64, 10
            stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
            stream.bit_rate = 2_000_000
            if codec == "mpeg4":
                stream.codec_context.max_b_frames = 2
            for index, image in enumerate(noise):
                frame = av.VideoFrame.from_ndarray(image, format="rgb24")
                frame.pts = index
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
    (folder / "empty.mp4").touch()
    (folder / "page.mp4").write_text("<html>")
    return folder


@pytest.fixture(scope="module")
def running_store(videos: Path) -> Iterator[Store]:
    with serving(videos) as store:
        yield store


@pytest.fixture
def store(running_store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Returns the store, of which small blocks are read, and nothing is known yet."""
    monkeypatch.setattr(remote, "BLOCK_BYTES", 2**14)
    monkeypatch.setattr("mienet.video.reader.INDICES", IndexCache())
    for name, value in [
        ("AWS_ENDPOINT_URL", running_store.url),
        ("AWS_ACCESS_KEY_ID", "key"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
    ]:
        monkeypatch.setenv(name, value)
    running_store.forget()
    return running_store


def assert_same(one: Video, other: Video) -> None:
    """Compares all that is known of two videos, and frames read forth and back."""
    assert one.notes == other.notes
    np.testing.assert_array_equal(one.timestamps_seconds, other.timestamps_seconds)
    for wanted in ([37], [3, 12], range(one.num_frames)):
        np.testing.assert_array_equal(one.read(wanted), other.read(wanted))


@pytest.mark.parametrize("name", FILES)
def test_a_video_at_an_address_is_the_same_as_the_file(
    store: Store, videos: Path, name: str
) -> None:
    with open_video(f"{store.url}/files/{name}") as one, open_video(videos / name) as other:
        assert_same(one, other)


def test_a_video_of_s3_is_the_same_as_the_file(store: Store, videos: Path) -> None:
    with open_video("s3://files/first.mp4") as one, open_video(videos / "first.mp4") as other:
        assert_same(one, other)


def test_any_file_system_of_fsspec_will_do(videos: Path) -> None:
    fsspec.filesystem("memory").pipe("/clips/a.mp4", (videos / "last.mp4").read_bytes())
    with open_video("memory://clips/a.mp4") as one, open_video(videos / "last.mp4") as other:
        assert_same(one, other)


@pytest.mark.parametrize(("name", "most_blocks"), [("first.mp4", 5), ("last.mp4", 7)])
def test_the_start_of_an_mp4_takes_few_of_its_bytes(
    store: Store, videos: Path, name: str, most_blocks: int
) -> None:
    assert (videos / name).stat().st_size > 20 * 2**14
    with open_video(f"{store.url}/files/{name}") as video:
        assert video.num_frames == NUM_FRAMES
        video.read([0, 1, 2])
    assert store.num_bytes <= most_blocks * 2**14


@pytest.mark.parametrize("name", ["a.mkv", "a.ts", "pieces.mp4", "jpeg.mov", "parsed.mp4"])
def test_what_has_no_whole_table_is_counted_by_reading_it(
    store: Store, videos: Path, name: str
) -> None:
    with open_video(f"{store.url}/files/{name}") as video:
        assert video.num_frames == NUM_FRAMES
    assert store.num_bytes >= (videos / name).stat().st_size


@pytest.mark.parametrize("name", ["first.mp4", "hevc.mp4", "old.mp4", "vp9.mp4"])
def test_the_end_of_an_mp4_is_read_from_its_last_keyframe(
    store: Store, videos: Path, name: str
) -> None:
    with open_video(f"{store.url}/files/{name}") as video:
        opened = store.num_bytes
        assert opened <= 5 * 2**14
        video.read([NUM_FRAMES - 1])
    assert store.num_bytes - opened < (videos / name).stat().st_size / 2


def test_a_second_part_of_a_video_does_not_count_its_frames_again(store: Store) -> None:
    with open_video(f"{store.url}/files/first.mp4"):
        pass
    with pytest.MonkeyPatch.context() as patch, open_video(f"{store.url}/files/first.mp4") as video:
        patch.setattr(packets, "_read", None)
        assert video.num_frames == NUM_FRAMES


def test_a_changed_video_is_counted_anew(store: Store, videos: Path) -> None:
    address = "memory://clips/changing.mp4"
    system = fsspec.filesystem("memory")
    for name in ("first.mp4", "empty.mp4"):
        system.pipe("/clips/changing.mp4", (videos / name).read_bytes())
        if name == "first.mp4":
            with open_video(address) as video:
                assert video.num_frames == NUM_FRAMES
    with pytest.raises(VideoError, match=f"{address}: the file is empty"):
        open_video(address)


def test_a_cut_mp4_is_told_by_its_size(store: Store, videos: Path) -> None:
    (videos / "short.mp4").write_bytes((videos / "first.mp4").read_bytes()[:-5000])
    with pytest.raises(VideoError, match=r"short.mp4: frame 39 is damaged or cut short; copy or"):
        open_video(f"{store.url}/files/short.mp4")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://HOST/files/none.mp4", r"there is no such video at its store \(404 Not Found\)"),
        ("s3://files/none.mp4", "there is no such video at its store"),
        ("memory://none.mp4", "there is no such video at its store"),
        ("http://HOST/forbidden/first.mp4", r"cannot be read \(403 Forbidden\); see whether"),
        ("s3://forbidden/first.mp4", r"cannot be read \(Forbidden\); see whether"),
        ("http://nowhere.invalid/a.mp4", r"cannot be read \(Cannot connect to host nowhere"),
        ("http://HOST/whole/first.mp4", "its server does not send parts of it; download it"),
        ("http://HOST/cut/first.mp4", r"cannot be read at byte \d+ \(Response payload is not"),
        ("http://HOST/files/page.mp4", "cannot be read as a video: it is a text"),
        ("http://HOST/files/empty.mp4", "the file is empty"),
        ("nothing://a/b.mp4", "Protocol not known: nothing; known are those of fsspec, such as s3"),
        ("zip://a.mp4::http://HOST/b.zip", "an address in another, which is not opened"),
    ],
)
def test_what_cannot_be_read_names_the_address_and_the_cause(
    store: Store, address: str, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    address = address.replace("HOST", store.url.removeprefix("http://"))
    with pytest.raises(VideoError, match=said) as caught, open_video(address) as video:
        video.read(range(NUM_FRAMES))
    assert str(caught.value).startswith(f"{address}: ")
    assert capfd.readouterr().err == ""


def test_a_folder_at_a_store_is_not_a_video() -> None:
    fsspec.filesystem("memory").pipe("/folder/a.mp4", b"a")
    with pytest.raises(VideoError, match="memory://folder: a folder, and folders at stores are"):
        open_video("memory://folder")


@pytest.mark.parametrize("way", ["locked", "signed"])
def test_secrets_open_a_video_and_are_not_told(store: Store, way: str) -> None:
    host = store.url.removeprefix("http://")
    secret = f"http://ann:hidden@{host}/{way}/first.mp4?X-Amz-Signature=hidden"
    with open_video(secret) as video:
        assert str(video.path) == f"{store.url}/{way}/first.mp4"
    with pytest.raises(VideoError) as caught:
        open_video(secret.replace("ann:hidden", "ann:hidden1").replace("e=hidden", "e=hidden1"))
    assert str(caught.value).startswith(f"{store.url}/{way}/first.mp4: cannot be read (403")
    assert "hidden" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_missing_driver_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fsspec, "url_to_fs", lambda url: (_ for _ in ()).throw(ImportError("s3fs")))
    with pytest.raises(MissingExtraError, match=r"s3://b/a.mp4: .* needs the extra 'remote'"):
        open_video("s3://b/a.mp4")
    with pytest.raises(ValueError, match=r"gs://b/a.mp4: needs a driver \(s3fs\)"):
        open_video("gs://b/a.mp4")


def test_files_need_nothing_of_it(videos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mienet.video.remote", None)
    with open_video(videos / "first.mp4") as video:
        assert video.num_frames == NUM_FRAMES


def test_zeros_are_given_for_spared_bytes_alone(tmp_path: Path) -> None:
    content = bytes(range(1, 101))
    fsspec.filesystem("memory").pipe("/bytes", content)
    reader = remote.RemoteFile(remote.Address("memory://bytes")).open()
    reader.spared = [(10, 20), (30, 40)]
    found = b"".join(iter(lambda: reader.read(7), b""))
    assert found == content[:10] + bytes(10) + content[20:30] + bytes(10) + content[40:]


def test_touching_spans_are_one() -> None:
    assert remote.joined([(5, 9), (1, 3), (3, 4), (6, 7)]) == [(1, 4), (5, 9)]
