from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from mienet.video.reader import VideoError, open_video
from tests.conftest import WriteVideo, frame_number, video_writer


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("a.mp4", "libx264", {}),
        ("a.mkv", "libx264", {}),
        ("a.avi", "mpeg4", {}),
        ("a.webm", "libvpx-vp9", {}),
        ("a.mov", "libx264", {"movflags": "faststart"}),
        ("a.ts", "libx264", {}),
    ],
)
def test_every_container_gives_exactly_the_asked_frames(
    write_video: WriteVideo, name: str, codec: str, options: dict[str, str]
) -> None:
    with open_video(write_video(name, codec=codec, options=options)) as video:
        assert video.num_frames == 20
        images = video.read([17, 3, 3, 0, 19, 12])
    assert [frame_number(image) for image in images] == [17, 3, 3, 0, 19, 12]


def test_any_order_of_reads_gives_the_same_frames(write_video: WriteVideo) -> None:
    with open_video(write_video(num_frames=40, keyframe_every=12)) as video:
        for index in (30, 2, 11, 12, 39, 0):
            assert frame_number(video.read([index])[0]) == index


def test_variable_frame_rate_is_indexed_by_frame_and_timed(write_video: WriteVideo) -> None:
    times = [0, 2, 10, 30, 31, 90]
    with open_video(write_video(num_frames=6, times=times)) as video:
        assert video.timestamps_seconds is not None
        np.testing.assert_allclose(video.timestamps_seconds, np.array(times) / 100, atol=1e-3)
        assert [frame_number(image) for image in video.read(range(6))] == [0, 1, 2, 3, 4, 5]


def test_a_raw_stream_without_times_is_counted(write_video: WriteVideo) -> None:
    with open_video(write_video("a.h264")) as video:
        assert video.num_frames == 20
        assert frame_number(video.read([13])[0]) == 13


@pytest.mark.parametrize(("rotation", "dark"), [(90, "left"), (-90, "right"), (180, "bottom")])
def test_rotation_is_honoured(write_video: WriteVideo, rotation: int, dark: str) -> None:
    # Stored with a dark upper half; turned counter-clockwise by 90 degrees it is on the left.
    with open_video(write_video(rotation=rotation)) as video:
        image = video.read([19])[0].astype(float)
    height, width = image.shape[:2]
    half = {
        "left": image[:, : width // 2],
        "right": image[:, width // 2 :],
        "bottom": image[height // 2 :],
    }[dark]
    assert (height, width) == ((32, 48) if rotation == 180 else (48, 32))
    assert half.mean() < image.mean() / 2


def test_frames_are_resized_by_their_short_side(write_video: WriteVideo) -> None:
    with open_video(write_video(size=(64, 48))) as video:
        assert video.read([0], short_side=24).shape == (1, 24, 32, 3)


def test_no_more_is_decoded_than_needed(
    write_video: WriteVideo, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_video(write_video(num_frames=60, keyframe_every=10)) as video:
        decoded = []
        numbered = video._numbered
        monkeypatch.setattr(
            video, "_numbered",
            lambda frames: (decoded.append(i) or (i, f) for i, f in numbered(frames)),
        )  # fmt: skip
        video.read([12, 45, 46])
    keys = [key.number for key in video._index.keyframes]
    starts = [max(key for key in keys if key <= wanted) for wanted in (12, 45)]
    assert starts[1] > 12
    assert decoded == [*range(starts[0], 13), *range(starts[1], 47)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(1, 7):
        image = np.full((8, 12, 3), 20 + 4 * number, np.uint8)
        image[:, :, 0] = 0  # no blue
        cv2.imwrite(str(tmp_path / f"img_{number:05d}.png"), image)
    return tmp_path


def test_frame_folder_counts_from_its_first_number(folder: Path) -> None:
    with open_video(folder) as video:
        images = video.read([5, 0])
    assert video.num_frames == 6
    assert images[:, 0, 0].tolist() == [[44, 44, 0], [24, 24, 0]]  # RGB


@pytest.mark.parametrize("name", ["{:06d}.jpg", "frame_{:03d}.jpeg", "x-{}.bmp"])
def test_other_frame_names_are_found(tmp_path: Path, name: str) -> None:
    for number in range(11):
        cv2.imwrite(str(tmp_path / name.format(number)), np.zeros((4, 4, 3), np.uint8))
    with open_video(tmp_path) as video:
        assert video.num_frames == 11


def test_a_missing_frame_is_named(folder: Path) -> None:
    (folder / "img_00004.png").unlink()
    with pytest.raises(VideoError, match=r"1 missing frame\(s\) between 1 and 6: 4"):
        open_video(folder)


def test_an_unreadable_frame_is_named(folder: Path) -> None:
    (folder / "img_00003.png").write_bytes(b"not an image")
    with (
        open_video(folder) as video,
        pytest.raises(VideoError, match=r"img_00003\.png: frame 2 is not a whole, readable image"),
    ):
        video.read([2])


def test_two_images_of_one_number_are_told(folder: Path) -> None:
    cv2.imwrite(str(folder / "img_3.png"), np.zeros((8, 12, 3), np.uint8))
    with pytest.raises(VideoError, match=r"same number: img_00003\.png and img_3\.png; delete"):
        open_video(folder)
    assert open_video(folder, frame_pattern="img_{:05d}.png").num_frames == 6


def test_two_series_in_a_folder_need_a_pattern(folder: Path) -> None:
    cv2.imwrite(str(folder / "flow_00001.png"), np.zeros((4, 4, 3), np.uint8))
    with pytest.raises(VideoError, match=r"several series.*--data\.frame_pattern"):
        open_video(folder)
    assert open_video(folder, frame_pattern="img_{:05d}.png").num_frames == 6


def test_an_empty_folder_is_reported(tmp_path: Path) -> None:
    with pytest.raises(VideoError, match="no numbered images in the folder"):
        open_video(tmp_path)


def test_an_index_outside_is_refused(write_video: WriteVideo) -> None:
    with (
        open_video(write_video()) as video,
        pytest.raises(IndexError, match=r"has frames 0 to 19, asked for \[20\]"),
    ):
        video.read([3, 20])


def test_no_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no such video file or folder"):
        open_video(tmp_path / "none.mp4")


def test_an_empty_file_is_reported(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").write_bytes(b"")
    with pytest.raises(VideoError, match=r"empty\.mp4: the file is empty"):
        open_video(tmp_path / "empty.mp4")


@pytest.mark.parametrize("text", ["hello\n", "hello, this is not a video\n" * 500])
def test_a_text_named_mp4_is_reported(tmp_path: Path, text: str) -> None:
    (tmp_path / "text.mp4").write_text(text)
    with pytest.raises(VideoError, match=r"text\.mp4: "):
        open_video(tmp_path / "text.mp4")


def test_sound_alone_is_reported(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "sound.mp4"), "w") as container:
        stream = container.add_stream("aac", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 4096), np.float32), "fltp", "mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    with pytest.raises(VideoError, match="no video stream"):
        open_video(tmp_path / "sound.mp4")


CUT_SHORT = [("a.mp4", {}), ("b.mp4", {"movflags": "faststart"}), ("a.mkv", {}), ("a.avi", {})]


@pytest.fixture(scope="module")
def whole_videos(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Returns the content of a ten-second video of every name of CUT_SHORT."""
    write = video_writer(tmp_path_factory.mktemp("whole"))
    contents = {}
    for name, options in CUT_SHORT:
        codec = "mpeg4" if name.endswith("avi") else "libx264"
        contents[name] = write(name, 250, (160, 96), codec=codec, options=options).read_bytes()
    return contents


def write_cut(path: Path, content: bytes, part: float) -> Path:
    """Writes the first part of a file's content."""
    path.write_bytes(content[: int(len(content) * part)])
    return path


@pytest.mark.parametrize("part", [0.1, 0.3, 0.5, 0.7])
@pytest.mark.parametrize("name", [name for name, _ in CUT_SHORT])
def test_a_truncated_video_is_reported(
    whole_videos: dict[str, bytes], name: str, part: float, tmp_path: Path
) -> None:
    path = write_cut(tmp_path / name, whole_videos[name], part)
    with pytest.raises(VideoError, match=f"{name}: "):
        open_video(path)


@pytest.mark.parametrize("part", [0.8, 0.9, 0.95, 0.99, 0.999])
@pytest.mark.parametrize("name", [name for name, _ in CUT_SHORT])
def test_a_video_cut_at_its_end_is_reported_or_read_whole(
    whole_videos: dict[str, bytes], name: str, part: float, tmp_path: Path
) -> None:
    path = write_cut(tmp_path / name, whole_videos[name], part)
    try:
        with open_video(path) as video:
            numbers = [frame_number(image) for image in video.read(range(video.num_frames))]
    except VideoError as error:
        assert name in str(error)
    else:
        assert numbers == [index % 55 for index in range(250)]


def test_a_stream_gives_the_frames_that_reading_gives(
    write_video: WriteVideo, write_frames: Callable[[str, int], Path]
) -> None:
    for path in (write_video(), write_frames("frames", 12)):
        with open_video(path) as video:
            indices = range(1, video.num_frames, 3)
            streamed = dict(video.frames_at(indices, short_side=16))
            expected = video.read(indices, short_side=16)
        assert list(streamed) == list(indices)
        np.testing.assert_array_equal(np.stack(list(streamed.values())), expected)


@pytest.mark.parametrize("indices", [[3, 2], [2, 2]])
def test_a_stream_only_goes_forward(write_video: WriteVideo, indices: list[int]) -> None:
    message = f"indices must rise, got 2 behind {indices[0]}"
    with open_video(write_video()) as video, pytest.raises(ValueError, match=message):
        video.frames_at(indices)


def test_a_stream_refuses_frames_outside_the_video(
    write_frames: Callable[[str, int], Path],
) -> None:
    with open_video(write_frames("frames", 3)) as video, pytest.raises(IndexError, match=r"\[3\]"):
        video.frames_at([0, 3])
