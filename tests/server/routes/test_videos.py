import os
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient

from mienet.server.settings import Limits
from tests.conftest import WriteVideo, video_writer
from tests.server.page import open_page

pytestmark = pytest.mark.usefixtures("same_process")
JUMP = {"video": "jump.mp4"}


def test_videos_are_listed_without_being_opened(page: TestClient, videos: Path) -> None:
    (videos / "sub").mkdir()
    (videos / "sub/broken.mp4").write_bytes(b"123")
    assert page.get("/api/videos").json()["videos"][1] == {
        "video": "sub/broken.mp4", "name": "broken.mp4", "folder": "sub", "state": "new",
        "problem": "", "num_frames": None, "duration_seconds": None, "doubt": None,
        "answer": None, "playable": None, "size_bytes": 3,
    }  # fmt: skip


def test_what_was_found_out_is_listed(page: TestClient, videos: Path) -> None:
    (videos / "broken.mp4").write_bytes(b"\0" * 99)
    for video in ("jump.mp4", "broken.mp4"):
        page.get("/api/frames", params={"video": video})
    broken, jump = page.get("/api/videos").json()["videos"]
    assert (jump["num_frames"], jump["duration_seconds"], jump["playable"]) == (50, 2.0, True)
    assert broken["state"] == "broken"
    assert broken["problem"].startswith("cannot be read as a video")


def test_frames_have_borders_in_the_players_time(page: TestClient) -> None:
    found = page.get("/api/frames", params=JUMP).json()
    assert found["borders_seconds"] == [round(0.04 * k, 6) for k in range(51)]
    assert (found["num_frames"], found["fps"]) == (50, 25.0)
    assert (found["width"], found["height"]) == (48, 32)


def test_frames_of_a_variable_rate_keep_their_times(videos: Path, page: TestClient) -> None:
    video_writer(videos)("vfr.mp4", 5, times=[0, 4, 20, 24, 60])
    found = page.get("/api/frames", params={"video": "vfr.mp4"}).json()
    assert found["borders_seconds"][:5] == [0.0, 0.04, 0.2, 0.24, 0.6]


def test_times_of_frames_are_kept_for_the_next_server(
    page: TestClient, videos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = page.get("/api/frames", params=JUMP).json()
    monkeypatch.delattr("mienet.curation.pool.KeptProcess.run")
    assert open_page(videos).get("/api/frames", params=JUMP).json() == first


def test_a_file_that_changed_is_read_again(page: TestClient, videos: Path) -> None:
    page.get("/api/frames", params=JUMP)
    video_writer(videos)("jump.mp4", 7)
    assert page.get("/api/frames", params=JUMP).json()["num_frames"] == 7


def test_times_that_somebody_deleted_are_found_again(page: TestClient, videos: Path) -> None:
    page.get("/api/frames", params=JUMP)
    (videos / "mienet/frames/jump.mp4.npy").unlink()
    assert page.get("/api/frames", params=JUMP).json()["num_frames"] == 50


@pytest.mark.parametrize("left", [0, 100])
def test_times_that_a_power_cut_spoiled_are_read_again(
    page: TestClient, videos: Path, left: int
) -> None:
    first = page.get("/api/frames", params=JUMP).json()
    kept = videos / "mienet/frames/jump.mp4.npy"
    kept.write_bytes(kept.read_bytes()[:left])
    assert page.get("/api/frames", params=JUMP).json() == first


def test_a_million_frames_are_refused(videos: Path) -> None:
    page = open_page(videos, limits=Limits(frames=49))
    answer = page.get("/api/frames", params=JUMP)
    assert answer.status_code == 409
    assert answer.json()["error"] == (
        "jump.mp4: it has 50 frames; accepted are 49: cut it into parts"
    )


def test_a_file_is_served_in_parts(page: TestClient, videos: Path) -> None:
    content = (videos / "jump.mp4").read_bytes()
    answer = page.get("/media", params=JUMP, headers={"Range": "bytes=10-19"})
    assert (answer.status_code, answer.content) == (206, content[10:20])
    assert answer.headers["content-range"] == f"bytes 10-19/{len(content)}"
    assert answer.headers["content-type"] == "video/mp4"


def test_the_head_of_a_file_says_what_the_file_is(page: TestClient, videos: Path) -> None:
    answer = page.head("/media", params=JUMP)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str((videos / "jump.mp4").stat().st_size)
    assert page.head("/media", params={"video": "no.mp4"}).status_code == 404


@pytest.mark.parametrize("wanted", ["bytes=9999999-", "bytes=5-2", "bytes=x", "lines=1-2"])
def test_a_part_that_is_not_there_is_refused(page: TestClient, wanted: str) -> None:
    answer = page.get("/media", params=JUMP, headers={"Range": wanted})
    assert answer.status_code in (400, 416)


def test_what_browsers_do_not_play_is_transcoded_first(
    page: TestClient, write_video: WriteVideo, videos: Path
) -> None:
    os.link(write_video("old.avi", codec="mpeg4"), videos / "old.avi")
    answer = page.get("/media", params={"video": "old.avi"})
    assert answer.status_code == 409
    assert "browsers do not play .avi files" in answer.json()["error"]
    (job,) = page.get("/api/jobs").json()["jobs"]
    assert (job["id"], job["kind"]) == (answer.json()["job"], "transcode")


def test_the_copy_is_served_in_place_of_the_file(page: TestClient, videos: Path) -> None:
    (videos / "old.avi").write_bytes(b"old")
    copy = videos / "mienet/playable/old.avi.mp4"
    copy.write_bytes(b"copy")
    changed = (videos / "old.avi").stat().st_mtime_ns
    os.utime(copy, ns=(changed, changed))
    assert page.get("/media", params={"video": "old.avi"}).content == b"copy"


def make_copy(videos: Path, content: bytes = b"copy") -> Path:
    """Gives jump.mp4 a copy for browsers, which it does not need."""
    copy = videos / "mienet/playable/jump.mp4.mp4"
    copy.write_bytes(content)
    changed = (videos / "jump.mp4").stat().st_mtime_ns
    os.utime(copy, ns=(changed, changed))
    return copy


@pytest.mark.parametrize(
    ("which", "size"), [({"which": "copy"}, 4), ({}, 4), ({"which": "file"}, None)]
)
def test_the_page_says_which_file_it_plays(
    page: TestClient, videos: Path, which: dict[str, str], size: int | None
) -> None:
    make_copy(videos)
    answer = page.get("/media", params=JUMP | which)
    assert len(answer.content) == (size or (videos / "jump.mp4").stat().st_size)


def test_a_copy_that_is_gone_is_never_mixed_with_the_file(page: TestClient, videos: Path) -> None:
    make_copy(videos).unlink()
    answer = page.get("/media", params=JUMP | {"which": "copy"})
    assert (answer.status_code, answer.json()["error"]) == (
        404,
        "jump.mp4: its copy for browsers is gone; open the video again",
    )


def test_frames_come_with_the_size_of_the_copy(page: TestClient, videos: Path) -> None:
    def copy_bytes() -> int | None:
        found = page.get("/api/frames", params=JUMP).json()
        assert not found["needs_copy"]
        size: int | None = found["copy_bytes"]
        return size

    assert copy_bytes() is None
    copy = make_copy(videos)
    assert copy_bytes() == 4
    os.utime(copy)  # the video has another time, so that it is a copy of a former one
    assert copy_bytes() is None


def test_times_that_browsers_count_differently_need_a_copy(page: TestClient, videos: Path) -> None:
    video_writer(videos)("late.mp4", 5, times=[100, 104, 108, 112, 116])
    answer = page.get("/media", params={"video": "late.mp4"})
    assert "its times begin at 1.000 s" in answer.json()["error"]


def test_b_frames_without_an_edit_list_need_a_copy(page: TestClient, videos: Path) -> None:
    video_writer(videos)("bare.mp4", 10, options={"use_editlist": "0"})
    answer = page.get("/media", params={"video": "bare.mp4"})
    assert "no edit list" in answer.json()["error"]


def test_borders_are_a_file_without_code(page: TestClient, videos: Path) -> None:
    page.get("/api/frames", params=JUMP)
    kept = np.load(videos / "mienet/frames/jump.mp4.npy", allow_pickle=False)
    assert kept.shape == (51,)


def test_labels_tell_the_state_of_a_video(page: TestClient, videos: Path) -> None:
    for number in range(3):
        os.link(videos / "jump.mp4", videos / f"{number}.mp4")
    (videos / "mienet/labels/0.mp4.csv").write_text(
        "path,label,start_seconds,end_seconds\n0.mp4,run,0,1\n"
    )
    (videos / "mienet/drafts/1.mp4.csv").write_text(
        "path,label,start_seconds,end_seconds\n1.mp4,,,\n"
    )
    states = {one["video"]: one["state"] for one in page.get("/api/videos").json()["videos"]}
    assert states == {
        "0.mp4": "finished", "1.mp4": "draft", "2.mp4": "new", "jump.mp4": "new"
    }  # fmt: skip


def test_a_copy_that_could_not_be_made_is_not_asked_for_again_and_again(
    page: TestClient, videos: Path
) -> None:
    video_writer(videos)("a.avi", 5, codec="mpeg4")
    jobs = page.app.state.context.jobs  # type: ignore[attr-defined]
    number = page.get("/media", params={"video": "a.avi"}).json()["job"]
    jobs.tell_video(number, "a.avi", "failed", None, "a.avi: frame 3 is damaged")
    jobs.finish(number, "done", "")
    answer = page.get("/media", params={"video": "a.avi"})
    assert answer.status_code == 409
    assert answer.json() == {
        "error": "a.avi: frame 3 is damaged; no copy for browsers could be made of it"
    }
    video_writer(videos)("a.avi", 6, codec="mpeg4")  # another file of that name
    assert page.get("/media", params={"video": "a.avi"}).json()["job"] > number
