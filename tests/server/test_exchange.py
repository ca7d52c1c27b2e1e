import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.conftest import video_writer
from tests.server.page import mark

pytestmark = pytest.mark.usefixtures("same_process")
HEADER = "path,label,start_seconds,end_seconds\n"


def take(page: TestClient, text: str, name: str = "labels.csv", **options: Any) -> Any:
    return page.post("/api/import", params={"name": name, **options}, content=text.encode())


def labels(page: TestClient, video: str = "jump.mp4") -> list[str]:
    marks = page.get("/api/labels", params={"video": video}).json()["marks"]
    return [one["label"] for one in marks]


def save(page: TestClient, video: str = "jump.mp4", *, finished: bool = True) -> None:
    marks = [mark("run", 0, 1), mark("land", 1.5)]
    body = {"version": "", "finished": finished, "marks": marks}
    assert page.put("/api/labels", params={"video": video}, json=body).status_code == 200


def test_a_file_of_labels_is_taken(page: TestClient) -> None:
    answer = take(page, HEADER + "C:\\lab\\jump.avi,run,0,1\n")
    assert answer.json() == {
        "read": ["jump.mp4"], "same": [], "kept": [], "problems": [], "notes": []
    }  # fmt: skip
    assert labels(page) == ["run"]
    assert page.get("/api/videos").json()["videos"][0]["state"] == "finished"


def test_labels_that_there_are_are_kept(page: TestClient) -> None:
    save(page, finished=False)
    answer = take(page, HEADER + "jump.mp4,walk,0,1\n")
    assert (answer.json()["read"], answer.json()["kept"]) == ([], ["jump.mp4"])
    assert labels(page) == ["run", "land"]


def test_labels_that_there_are_already_change_nothing(page: TestClient, videos: Path) -> None:
    save(page)
    answer = take(page, HEADER + "jump.mp4,run,0,1\njump.mp4,land,1.5,\n", replace=True).json()
    assert (answer["read"], answer["same"], answer["kept"]) == ([], ["jump.mp4"], [])
    assert not (videos / "mienet/removed").exists()


def test_labels_that_a_model_was_sure_of_are_known_again(page: TestClient) -> None:
    marks = [mark("run", 0, 1.0004, confidence=0.5)]
    body = {"version": "", "finished": True, "marks": marks}
    page.put("/api/labels", params={"video": "jump.mp4"}, json=body)
    assert take(page, HEADER + "jump.mp4,run,0,1\n").json()["same"] == ["jump.mp4"]


def test_labels_are_replaced_where_that_is_asked_for(page: TestClient, videos: Path) -> None:
    save(page, finished=False)
    assert take(page, HEADER + "jump.mp4,walk,0,1\n", replace=True).json()["read"] == ["jump.mp4"]
    assert labels(page) == ["walk"]
    assert len(list((videos / "mienet/removed").iterdir())) == 1


def test_what_cannot_be_used_is_told_and_the_rest_is_taken(page: TestClient, videos: Path) -> None:
    video_writer(videos)("other.mp4", 50)
    answer = take(page, HEADER + "jump.mp4,run,0,9\nother.mp4,run,0,1\nnobody.mp4,run,0,1\n").json()
    assert answer["read"] == ["other.mp4"]
    unknown, outside = answer["problems"]
    assert unknown.startswith("labels.csv:4: unknown video 'nobody.mp4'")
    assert outside == "labels.csv:2: 'run' at 0 to 9 s is outside the video, from 0 to 2 s"


def test_two_observers_are_one_too_many(page: TestClient) -> None:
    rows = "jump.mp4,run,0,1,ann\njump.mp4,run,0,1,bob\n"
    answer = take(page, HEADER.strip() + ",observation\n" + rows).json()
    assert answer["problems"] == ["jump.mp4: 2 sets of labels ('ann', 'bob'); export one of them"]


def test_what_is_not_kept_of_a_mark_is_told(page: TestClient) -> None:
    answer = take(page, HEADER.strip() + ",annotator\njump.mp4,run,0,1,ann\n").json()
    assert answer["notes"] == ["jump.mp4: annotators are not kept"]


@pytest.mark.parametrize(("name", "text", "says"), [
    ("notes.txt", "nonsense", "notes.txt is neither a video nor labels of videos"),
    ("a.zip", "nonsense", "not a zip file"),
    ("a.csv", "", "a.csv is neither a video nor labels of videos"),
    ("..", HEADER, "name: '..' is no file's name"),
    ("", HEADER, "name: '' is no file's name"),
    ("x" * 60_000, HEADER, "is no file's name"),
    ("a.eaf", "<!DOCTYPE x [<!ENTITY a 'b'>]><ANNOTATION_DOCUMENT/>", "a.eaf"),
])  # fmt: skip
def test_what_is_no_file_of_labels_is_refused(
    page: TestClient, videos: Path, name: str, text: str, says: str
) -> None:
    answer = take(page, text, name)
    assert answer.status_code == 400
    assert says in answer.json()["error"]
    assert str(videos) not in answer.json()["error"]
    assert list((videos / "mienet/uploads").iterdir()) == []


def test_what_is_wrong_in_a_file_is_told_without_a_command(page: TestClient) -> None:
    error = take(page, HEADER + "nobody.mp4,run,0,1\nanna.mp4,run,0,1\n").json()["error"]
    first, second = error.splitlines()
    assert first.startswith("labels.csv:2: unknown video 'nobody.mp4'")
    assert second.startswith("labels.csv:3: unknown video 'anna.mp4'")


@pytest.mark.parametrize("format_name", ["boris", "elan", "csv", "json"])
def test_what_is_exported_can_be_imported(page: TestClient, format_name: str) -> None:
    save(page)
    before = page.get("/api/labels", params={"video": "jump.mp4"}).json()
    answer = page.get("/api/export", params={"format": format_name})
    name = answer.headers["content-disposition"].partition("''")[2]
    page.delete("/api/labels", params={"video": "jump.mp4", "version": before["version"]})
    taken = page.post("/api/import", params={"name": name}, content=answer.content).json()
    assert (taken["read"], taken["problems"]) == (["jump.mp4"], [])
    after = page.get("/api/labels", params={"video": "jump.mp4"}).json()
    assert after["marks"] == before["marks"]


def test_tables_name_videos_below_the_folder(page: TestClient) -> None:
    save(page)
    text = page.get("/api/export", params={"format": "csv"}).text
    assert text == HEADER + "jump.mp4,run,0.0,1.0\njump.mp4,land,1.5,\n"


def test_several_files_are_zipped(page: TestClient, videos: Path) -> None:
    video_writer(videos)("other.mp4", 50)
    save(page)
    save(page, "other.mp4")
    answer = page.get("/api/export", params={"format": "srt"})
    names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    assert sorted(names) == ["jump.srt", "other.srt"]
    one = page.get("/api/export", params={"format": "srt", "video": "jump.mp4"})
    assert b"run" in one.content


def test_a_zip_of_labels_is_taken(page: TestClient, videos: Path) -> None:
    video_writer(videos)("other.mp4", 50)
    save(page)
    save(page, "other.mp4")
    packed = page.get("/api/export", params={"format": "elan"}).content
    options = {"name": "all.zip", "replace": True}
    taken = page.post("/api/import", params=options, content=packed).json()
    assert (sorted(taken["same"]), taken["problems"]) == (["jump.mp4", "other.mp4"], [])


def test_a_zip_that_unpacks_to_too_much_is_refused(
    page: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mienet.server.label_archive.MOST_UNPACKED_BYTES", 1 << 20)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../a.csv", bytes((1 << 20) + 1))
    answer = page.post("/api/import", params={"name": "a.zip"}, content=packed.getvalue())
    assert answer.json()["error"] == "a.zip: unpacks to more than 1 MB"


def test_what_is_not_finished_is_not_exported(page: TestClient) -> None:
    save(page, finished=False)
    answer = page.get("/api/export", params={"format": "csv"})
    assert (answer.status_code, answer.json()["error"][:24]) == (404, "no labels are finished; ")


def test_an_unknown_format_names_those_there_are(page: TestClient) -> None:
    answer = page.get("/api/export", params={"format": "cvat"})
    assert "choose from csv, json, boris, elan, label-studio, srt" in answer.json()["error"]


def test_a_zip_that_cannot_be_unpacked_is_told(page: TestClient) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.csv", HEADER)
    content = bytearray(file.getvalue())
    for start, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        content[content.find(start) + flags] |= 1  # encrypted
    answer = page.post("/api/import?name=a.zip", content=bytes(content))
    assert answer.status_code == 400
    assert answer.json()["error"] == "a.zip: is encrypted; pack it without a password"
    answer = page.post("/api/import?name=a.zip", content=b"hello")
    assert answer.json()["error"].startswith("a.zip: cannot be unpacked (File is not a zip file)")


def test_a_name_that_is_too_long_for_the_disk_is_refused(page: TestClient) -> None:
    answer = take(page, HEADER, name="é" * 150 + ".csv")
    assert answer.status_code == 400
    assert "is no file's name" in answer.json()["error"]


def test_what_does_not_fit_is_told_and_leaves_the_former_labels(
    page: TestClient, videos: Path, request: pytest.FixtureRequest
) -> None:
    save(page)
    room = request.getfixturevalue("full_disk")
    (problem,) = take(page, HEADER + "jump.mp4,walk,0,1\n", replace=True).json()["problems"]
    room.undo()
    assert problem.startswith("jump.mp4: not imported: ")
    assert problem.endswith("no space left on device; make room on its disk, and try again")
    assert labels(page) == ["run", "land"]
    assert not [path for path in videos.rglob("mienet/removed/*") if path.is_file()]
    assert list((videos / "mienet/uploads").iterdir()) == []
