from pathlib import Path

import cv2
import numpy as np
import pytest

from mienet.cli import main
from mienet.curation.pool import run_jobs
from mienet.locks import take
from mienet.video.reader import open_video
from tests.conftest import WriteVideo, frame_number
from tests.video.test_deinterlacing import comb, write_interlaced

pytestmark = pytest.mark.usefixtures("same_process")


@pytest.fixture
def videos(write_video: WriteVideo) -> Path:
    write_video("v/up/a.mp4", num_frames=12)
    return write_video("v/b.mp4", num_frames=7, size=(64, 48)).parent


def extract(videos: Path, *options: object) -> int:
    out = videos.parent / "frames"
    return main(["extract", str(videos), "--out", str(out), "--jobs=1", *map(str, options)])


def contents(folder: Path) -> dict[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_every_frame_becomes_one_numbered_image(videos: Path, worker_processes: None) -> None:
    assert extract(videos) == 0
    frames = videos.parent / "frames"
    names = sorted(path.name for path in (frames / "up/a").iterdir())
    assert names == [f"img_{number:05d}.jpg" for number in range(1, 13)]
    images = [cv2.imread(str(frames / "up/a" / name)) for name in names]
    assert [frame_number(image) for image in images] == list(range(12))
    assert (frames / "frames.txt").read_text() == "b 7\nup/a 12\n"


def test_png_keeps_the_pixels_that_training_reads(videos: Path) -> None:
    assert extract(videos, "--format", "png", "--frame-pattern", "{:06d}.png") == 0
    folder = videos.parent / "frames/b"
    with open_video(videos / "b.mp4") as video, open_video(folder) as frames:
        assert (folder / "000007.png").exists()
        np.testing.assert_array_equal(video.read(range(7)), frames.read(range(7)))


@pytest.mark.parametrize("out", ["v", "v/frames", "v/up/frames"])
def test_frames_do_not_lie_among_the_videos(videos: Path, out: str, capsys) -> None:
    place = videos.parent / out
    assert main(["extract", str(videos), "--out", str(place), "--jobs=1"]) == 1
    assert f"--out {place} lies in the folder of the videos" in capsys.readouterr().err
    assert sorted(p.name for p in videos.rglob("*")) == ["a.mp4", "b.mp4", "up"]


def test_frames_of_one_video_do_not_lie_beside_it(videos: Path, capsys) -> None:
    assert main(["extract", str(videos / "b.mp4"), "--out", str(videos), "--jobs=1"]) == 1
    assert "such as --out" in capsys.readouterr().err


def test_the_short_side_is_resized(videos: Path) -> None:
    assert extract(videos, "--short-side", 24) == 0
    assert cv2.imread(str(videos.parent / "frames/b/img_00001.jpg")).shape == (24, 32, 3)


def test_a_second_run_does_only_what_is_new_or_changed(
    videos: Path, write_video: WriteVideo, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert extract(videos) == 0
    write_video("v/b.mp4", num_frames=9, size=(64, 48))
    write_video("v/new.mp4", num_frames=3)
    (videos.parent / "frames/up/a/img_00005.jpg").unlink()
    asked = []

    def spy(function, items, **options):
        asked.extend(Path(item.video).name for item in items)
        return run_jobs(function, items, **options)

    monkeypatch.setattr("mienet.workflows.extract.run_jobs", spy)
    assert extract(videos) == 0
    assert sorted(asked) == ["a.mp4", "b.mp4", "new.mp4"]
    assert len(list((videos.parent / "frames/b").iterdir())) == 9
    asked.clear()
    assert extract(videos) == 0
    assert asked == []


def test_a_broken_video_is_reported_and_the_others_done(
    videos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (videos / "broken.mp4").write_bytes((videos / "b.mp4").read_bytes()[:-900])
    assert extract(videos) == 1
    captured = capsys.readouterr()
    assert "19 frames of 2 video(s)" in captured.out
    assert "broken.mp4: cannot be read" in captured.err
    assert not (videos.parent / "frames/broken").exists()


def test_what_a_killed_run_left_is_not_taken_for_whole(videos: Path) -> None:
    assert extract(videos) == 0
    frames = videos.parent / "frames"
    whole = contents(frames)
    # As a kill leaves it: a half-written image, a folder without its line, a line cut in two.
    (frames / ".mienet-extract/0").mkdir(parents=True)
    (frames / ".mienet-extract/0/img_00001.jpg").write_bytes(b"half")
    (frames / "b/img_00003.jpg").write_bytes(b"half")
    journal = frames / "extracted.jsonl"
    lines = journal.read_text().splitlines(keepends=True)
    (cut,) = (line for line in lines if '"video": "' in line and "b.mp4" in line)
    journal.write_text("".join(line for line in lines if line != cut) + cut[:40])
    assert extract(videos) == 0
    assert contents(frames) == whole


def test_a_second_command_leaves_what_the_first_is_writing(
    videos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    half = videos.parent / "frames/.mienet-extract/0/img_00001.jpg"
    half.parent.mkdir(parents=True)
    half.write_bytes(b"half")
    with (half.parents[1] / "lock").open("w") as file:
        assert take(file)
        assert extract(videos) == 1
    assert "frames: another command is writing there; wait for it" in capsys.readouterr().err
    assert half.exists()


def test_two_videos_of_one_name_are_refused(
    videos: Path, write_video: WriteVideo, capsys: pytest.CaptureFixture[str]
) -> None:
    write_video("v/b.mkv")
    assert extract(videos) == 1
    assert "b.mp4 and" in capsys.readouterr().err
    assert not (videos.parent / "frames/up").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--quality", 0], "--quality must be from 1 to 100, got 0"),
        (["--short-side", 0], "--short-side must be at least 1, got 0"),
        (["--frame-pattern", "image.jpg"], "needs one number and an image's ending"),
        (["--frame-pattern", "{:05d}.png"], "must end in .jpg, got '{:05d}.png'"),
    ],
)
def test_options_that_are_not_accepted(
    videos: Path, options: list[object], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert extract(videos, *options) == 1
    assert message in capsys.readouterr().err


def test_other_options_into_the_same_folder_are_refused(
    videos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert extract(videos) == 0
    assert extract(videos, "--quality", 80) == 1
    assert 'frames extracted with {"frame_pattern": "img_{:05d}.jpg"' in capsys.readouterr().err


def test_no_processes_are_refused(videos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        extract(videos, "--jobs", 0)
    said = "--jobs: 0 is not accepted; give a whole number above 0"
    assert said in capsys.readouterr().err


def test_a_folder_of_images_is_said_to_be_frames_already(tmp_path, write_frames, capsys) -> None:
    folder = write_frames("frames", 3)
    assert main(["extract", str(folder), "--out", str(tmp_path / "out")]) == 1
    assert "holds images, not videos" in capsys.readouterr().err


def test_what_is_not_extracted_is_named(videos: Path, write_frames, capsys) -> None:
    write_frames("v/c", 3)
    (videos / "IMG_1.JPG").write_bytes(b"x")
    assert extract(videos) == 0
    said = capsys.readouterr().out
    assert "ignored 1 (an image beside videos): " in said
    assert "ignored 1 (a folder of frames already): " in said


def test_the_videos_of_a_list_are_extracted(videos: Path) -> None:
    (videos / "l.csv").write_text("path,start_frame,end_frame\nb.mp4,0,2\nb.mp4,3,4\n")
    assert main(["extract", f"{videos}/l.csv", "--out", f"{videos.parent}/out", "--jobs=1"]) == 0
    assert len(list((videos.parent / "out/b").iterdir())) == 7


def test_interlaced_frames_are_deinterlaced_by_choice(tmp_path: Path) -> None:
    (tmp_path / "v").mkdir()
    write_interlaced(tmp_path / "v/a.ts", "libx264")
    assert extract(tmp_path / "v", "--deinterlace") == 0
    assert comb(cv2.imread(str(tmp_path / "frames/a/img_00006.jpg"))) < 3


def test_folders_that_a_run_did_not_make_stay(
    videos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frames = videos.parent / "frames"
    for name in ("b/notes.txt", ".partial/own.txt"):
        (frames / name).parent.mkdir(parents=True)
        (frames / name).write_text("mine")
    assert extract(videos) == 1
    assert f"{frames}/b would be replaced by frames" in capsys.readouterr().err
    assert (frames / "b/notes.txt").read_text() == "mine"
    assert (frames / ".partial/own.txt").read_text() == "mine"


def test_a_folder_of_frames_with_other_files_is_not_replaced(
    videos: Path, write_video: WriteVideo, capsys: pytest.CaptureFixture[str]
) -> None:
    assert extract(videos) == 0
    frames = videos.parent / "frames"
    (frames / "b/labels.csv").write_text("mine")
    (frames / ".partial").mkdir()
    write_video("v/b.mp4", num_frames=9, size=(64, 48))
    assert extract(videos) == 1
    assert "holds other files, such as labels.csv" in capsys.readouterr().err
    assert (frames / "b/labels.csv").read_text() == "mine"
    assert (frames / ".partial").is_dir()
