import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mienet.annotations.records import AnnotationError
from mienet.labeling.timeline_formats import read_timelines, write_timelines
from mienet.labeling.timelines import AnnotatedVideo, Event, Interval


def region(first: int, last: int, label: str = "run", **more: Any) -> dict[str, Any]:
    value = {"ranges": [{"start": first, "end": last}], "timelinelabels": [label]}
    return {"id": "r", "type": "timelinelabels", "from_name": "phases", "value": value, **more}


def task(*regions: dict[str, Any], **data: Any) -> dict[str, Any]:
    annotation = {"id": 3, "completed_by": 7, "result": list(regions), "was_cancelled": False}
    data = {"video": "/data/upload/1/3f2a1b4c-a.mp4", "fps": 25} | data
    return {"id": 1, "data": data, "annotations": [annotation], "predictions": [5]}


def write(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content).replace("/", "\\/"))
    return path


def test_frames_count_from_1_and_their_end_is_included(tmp_path: Path) -> None:
    path = write(tmp_path / "x.json", [task(region(1, 50), region(100, 100, "jump"))])
    (video,) = read_timelines(path).videos
    source = f"{path}: task 1, annotation 3, region r"
    assert video.intervals == (Interval("run", 0, 2, "", "phases", "7", source=source),)
    assert video.events == (Event("jump", 3.96, "", "phases", "7", source=source),)


def test_a_frame_rate_that_is_given_counts_before_the_tasks(tmp_path: Path) -> None:
    path = write(tmp_path / "x.json", [task(region(1, 48))])
    read = read_timelines(path, fps=24)
    assert read.videos[0].intervals[0].end_seconds == 2
    assert "read at 24 frames per second, as given, not at 25" in read.notes[0]


def test_frames_without_a_rate_are_told_once_a_video(tmp_path: Path) -> None:
    path = write(tmp_path / "x.json", [task(region(1, 2), region(3, 4), fps="")])
    with pytest.raises(AnnotationError, match="numbers of frames; give the frames") as caught:
        read_timelines(path)
    assert len(caught.value.problems) == 1


def test_the_rate_of_boxes_is_that_of_the_frames(tmp_path: Path) -> None:
    box = {"id": "b", "value": {"framesCount": 300, "duration": 10, "labels": ["x"]}}
    del box["value"]["labels"]  # type: ignore[attr-defined]
    path = write(tmp_path / "x.json", [task(box, region(1, 60), fps="")])
    assert read_timelines(path).videos[0].intervals[0].end_seconds == 2


def test_regions_of_a_sound_are_in_seconds(tmp_path: Path) -> None:
    value = {"start": 1.25, "end": 3.5, "channel": 0, "labels": ["run"]}
    sound = {"id": "a", "from_name": "labels", "value": value, "original_length": 98.7}
    path = write(
        tmp_path / "x.json", [task(sound, video=None, video_url="https://x.org/a.mp4?s=1")]
    )
    (video,) = read_timelines(path).videos
    interval = video.intervals[0]
    assert (video.name, video.duration_seconds) == ("https://x.org/a.mp4?s=1", 98.7)
    assert (interval.label, interval.start_seconds, interval.end_seconds) == ("run", 1.25, 3.5)


def test_predictions_and_skipped_tasks_are_no_annotations(tmp_path: Path) -> None:
    skipped = task(region(1, 2))
    skipped["annotations"][0]["was_cancelled"] = True
    predicted = task() | {"annotations": [], "predictions": [{"result": [region(1, 2)]}]}
    read = read_timelines(write(tmp_path / "x.json", [task(region(1, 2)), skipped, predicted]))
    assert [len(video.intervals) for video in read.videos] == [1]
    assert "2 of 3 tasks are not labeled" in read.notes[0]


def test_an_annotation_that_marks_nothing_beside_another_is_named(tmp_path: Path) -> None:
    both = task(region(1, 50))
    both["annotations"].append({"id": 4, "completed_by": 8, "result": []})
    path = write(tmp_path / "x.json", [both])
    note = "1 annotation(s) mark nothing, while others of their tasks do, which count: task 1, "
    assert read_timelines(path).notes == (f"{path}: {note}annotation 4",)
    nothing = {key: value for key, value in ROW.items() if key != "phases"} | {"annotation_id": 6}
    short = write(tmp_path / "short.json", [nothing, ROW])
    assert read_timelines(short, fps=25).notes == (f"{short}: {note}annotation 6",)


def test_a_task_in_which_all_mark_nothing_is_one_in_which_nothing_happens(tmp_path: Path) -> None:
    read = read_timelines(write(tmp_path / "x.json", [task()]))
    assert ([video.labels for video in read.videos], read.notes) == ([[]], ())


def test_what_says_no_times_is_counted(tmp_path: Path) -> None:
    choice = {"type": "choices", "from_name": "kind", "value": {"choices": ["up"]}}
    box = {"sequence": [{"frame": 1, "time": 0.04}], "framesCount": 50, "duration": 2}
    boxes = {"type": "videorectangle", "from_name": "who", "value": box | {"labels": ["x"]}}
    path = write(tmp_path / "x.json", [task(choice, boxes, region(1, 50))])
    read = read_timelines(path)
    assert len(read.videos[0].intervals) == 1
    assert read.notes == (
        f"{path}: left out, as they say no times: 1 of kind (choices), 1 of who (videorectangle); "
        "choices of what whole videos show are read from a CSV: path,label",
    )
    short = write(tmp_path / "short.json", [ROW | {"who": [boxes["value"]]}])
    assert read_timelines(short, fps=25).notes == (
        f"{short}: left out, as they say no times: 1 of who",
    )


def test_a_choice_for_a_region_is_a_modifier_of_it(tmp_path: Path) -> None:
    value = region(1, 50)["value"] | {"choices": ["left", "late"]}
    choice = region(1, 50) | {"type": "choices", "from_name": "hand", "value": value}
    del choice["value"]["timelinelabels"]
    read = read_timelines(write(tmp_path / "x.json", [task(region(1, 50), choice)]))
    marks = [(mark.label, mark.modifiers) for mark in read.videos[0].intervals]
    assert (marks, read.notes) == ([("run", ("left", "late"))], ())


def test_of_several_videos_of_a_task_the_first_counts_and_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "x.json", [task(region(1, 50), side="b.mp4")])
    read = read_timelines(path)
    assert read.videos[0].name.endswith("-a.mp4")
    assert read.notes == (f"{path}: tasks name several videos (video, side); that of video counts",)


def test_labeled_tasks_of_one_video_are_observations_of_it(tmp_path: Path) -> None:
    tasks = [task(region(1, 50)) | {"id": 1}, task(region(26, 75)) | {"id": 2}]
    tasks[1]["data"]["video"] = "/data/upload/2/0a1b2c3d-a.mp4"  # uploaded again
    alone = task(region(1, 50), video="b.mp4") | {"id": 3}
    unlabeled = task(video="b.mp4") | {"id": 4, "annotations": []}
    read = read_timelines(write(tmp_path / "x.json", [*tasks, alone, unlabeled]))
    found = [(video.observation, video.intervals[0].start_seconds) for video in read.videos]
    assert found == [("task 1", 0), ("task 2", 1), ("", 0)]
    rows = [ROW | {"id": 1}, ROW | {"id": 2, "annotation_id": 9}]
    short = read_timelines(write(tmp_path / "short.json", rows), fps=25)
    assert [video.observation for video in short.videos] == ["task 1", "task 2"]


def test_a_task_alone_is_read(tmp_path: Path) -> None:
    (video,) = read_timelines(write(tmp_path / "x.json", task(region(1, 50)))).videos
    assert [(i.label, i.end_seconds) for i in video.intervals] == [("run", 2)]


def test_a_page_of_tasks_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "x.json", {"total": 1, "tasks": [task(region(1, 50))]})
    with pytest.raises(AnnotationError, match="a task with data and annotations; export the proj"):
        read_timelines(path)


def test_a_region_without_a_label_is_told(tmp_path: Path) -> None:
    path = write(
        tmp_path / "x.json", [task(region(1, 50) | {"value": {"ranges": [{"start": 1, "end": 2}]}})]
    )
    with pytest.raises(AnnotationError, match="region r: no label"):
        read_timelines(path)


def test_a_file_without_annotated_videos_says_why(tmp_path: Path) -> None:
    path = write(tmp_path / "x.json", [task() | {"annotations": []}])
    with pytest.raises(AnnotationError) as caught:
        read_timelines(path)
    why = f"{path}: 1 of 1 tasks are not labeled: task 1"
    assert caught.value.problems == [f"{path}: no annotated videos", why]


def test_wrong_frames_are_told(tmp_path: Path) -> None:
    path = write(tmp_path / "x.json", [task(region(0, 5), region(9, 2))])
    with pytest.raises(AnnotationError) as caught:
        read_timelines(path)
    assert "frames are whole numbers from 1, got 0 to 5" in caught.value.problems[0]
    assert "ends at frame 2, before it starts at frame 9" in caught.value.problems[1]


ROW = {"video": "a.mp4", "id": 1, "annotator": 2, "annotation_id": 5, "lead_time": 1.0,
       "phases": [region(1, 50)["value"]]}  # fmt: skip


def test_the_short_form_is_read_alike(tmp_path: Path) -> None:
    unlabeled = {"video": "b.mp4", "id": 2, "annotator": None, "annotation_id": None}
    read = read_timelines(write(tmp_path / "x.json", [ROW, unlabeled]), fps=25)
    interval = read.videos[0].intervals[0]
    assert (interval.label, interval.tier, interval.annotator) == ("run", "phases", "2")
    assert interval.end_seconds == 2
    assert "1 of 2 tasks are not labeled: task 2" in read.notes[0]


@pytest.mark.parametrize(("name", "separator"), [("x.csv", ","), ("x.tsv", "\t")])
def test_a_table_holds_the_short_form(tmp_path: Path, name: str, separator: str) -> None:
    cell = json.dumps(ROW["phases"]).replace('"', '""')
    rows = [
        ["annotation_id", "annotator", "fps", "id", "lead_time", "phases", "video"],
        ["5", "2", "25", "1", "1.5", cell, "a.mp4"],
    ]
    lines = (separator.join(f'"{field}"' for field in row) for row in rows)
    (tmp_path / name).write_text("\n".join(lines) + "\n")
    (video,) = read_timelines(tmp_path / name).videos
    assert (video.name, video.intervals[0].end_seconds) == ("a.mp4", 2)


def test_predictions_that_are_written_give_the_same_marks(tmp_path: Path) -> None:
    video = AnnotatedVideo(
        "a.mp4",
        (Interval("run", 0.04, 1.6, "Ann", "phases", confidence=0.75), Interval("up", 1.6, 2)),
        (Event("jump", 0.52, confidence=0.5),),
        fps=25.0,
    )
    tasks, settings = write_timelines([video], tmp_path, "label-studio")
    (read,) = read_timelines(tasks).videos
    assert [replace(i, source="", tier="", annotator="") for i in read.intervals] == [
        replace(i, tier="") for i in video.intervals
    ]
    assert (read.events[0].label, read.events[0].time_seconds) == ("jump", 0.52)
    assert '<Label value="run"/>' in settings.read_text()
    assert "Choices" not in settings.read_text()


def test_modifiers_that_are_written_are_choices_for_their_regions(tmp_path: Path) -> None:
    marks = (
        Interval("run", 0.04, 1.6, "Ann", confidence=0.75, modifiers=("left|right", "a & b")),
        Interval("run", 1.6, 2, confidence=0.25),
    )
    events = (Event("jump", 0.52, modifiers=("late",)),)
    video = AnnotatedVideo("a.mp4", marks, events, fps=25.0)
    tasks, settings = write_timelines([video], tmp_path, "label-studio")
    read = read_timelines(tasks)
    (found,) = read.videos
    modifiers = [(mark.subject, mark.modifiers) for mark in (*found.intervals, *found.events)]
    assert modifiers == [("Ann", ("left|right", "a & b")), ("", ()), ("", ("late",))]
    assert read.notes == ()
    assert json.loads(tasks.read_text())[0]["predictions"][0]["score"] == 0.5
    assert (
        '<Choices name="modifiers" toName="video" perRegion="true" choice="multiple">'
        '<Choice value="a &amp; b"/><Choice value="late"/><Choice value="left|right"/></Choices>'
    ) in settings.read_text()


def test_an_event_is_at_the_nearest_frame(tmp_path: Path) -> None:
    # 1.001 s are frame 30 of 29.97 a second; in Matroska, which keeps milliseconds, 29.99997.
    events = (Event("jump", 1.001), Event("land", 2.02))
    (path, _) = write_timelines(
        [AnnotatedVideo("a.mp4", events=events, fps=29.97)], tmp_path, "label-studio"
    )
    found = json.loads(path.read_text())[0]["predictions"][0]["result"]
    assert [one["value"]["ranges"][0]["start"] for one in found] == [31, 62]


def test_videos_whose_measured_rates_differ_behind_six_digits_are_written_together(
    tmp_path: Path,
) -> None:
    event = Event("jump", 0.52)
    videos = [
        AnnotatedVideo(name, events=(event,), fps=fps)
        for name, fps in (("a.mp4", 25.0), ("b.mp4", 24.999999999999996))
    ]
    tasks, settings = write_timelines(videos, tmp_path, "label-studio")
    assert 'framerate="25"' in settings.read_text()
    assert [v.events[0].time_seconds for v in read_timelines(tasks).videos] == [0.52, 0.52]


def test_videos_of_several_rates_are_not_written_together(tmp_path: Path) -> None:
    videos = [AnnotatedVideo("a.mp4", fps=25.0), AnnotatedVideo("b.mp4", fps=30.0)]
    with pytest.raises(ValueError, match=r"one rate a project.*a.mp4: 25, b.mp4: 30"):
        write_timelines(videos, tmp_path, "label-studio")


@pytest.mark.parametrize("number", ["1e999999999", "-1e999999999"])
def test_a_number_of_a_billion_digits_is_refused_at_once(tmp_path: Path, number: str) -> None:
    path = write(tmp_path / "x.json", [task(region(1, 987654))])
    path.write_text(path.read_text().replace("987654", number))
    with pytest.raises(AnnotationError, match=r"OverflowError: cannot convert Infinity"):
        read_timelines(path)
