import json
from pathlib import Path
from typing import Any

import pytest

from mienet.annotations.records import AnnotationError
from mienet.labeling.timeline_formats import read_timelines


def entry(*segments: tuple[float, float, Any], **more: Any) -> dict[str, Any]:
    annotations = [{"segment": [start, end], "label": label} for start, end, label in segments]
    return {"duration": 10.0, "annotations": annotations, **more}


def write(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content))
    return path


@pytest.mark.parametrize("wrap", [lambda videos: {"database": videos}, lambda videos: videos])
def test_segments_with_or_without_what_is_around_the_database(tmp_path: Path, wrap: Any) -> None:
    videos = {"v_a": entry((1.5, 4, "dive"), (2, 3, "fly"), frame=300), "v_b": entry()}
    read = read_timelines(write(tmp_path / "x.json", wrap(videos)))
    (video,) = read.videos
    assert [(i.label, i.start_seconds, i.end_seconds) for i in video.intervals] == [
        ("dive", 1.5, 4), ("fly", 2, 3)
    ]  # fmt: skip
    assert (video.name, video.fps, video.duration_seconds) == ("v_a", 30, 10)
    assert "1 of 2 videos have no annotations" in read.notes[0]


def test_a_segment_beyond_its_video_is_cut_and_ambiguous_ones_left_out(tmp_path: Path) -> None:
    videos = {"a": entry((8, 12, "dive"), (1, 2, "Ambiguous"))}
    read = read_timelines(write(tmp_path / "x.json", videos))
    assert [i.end_seconds for i in read.videos[0].intervals] == [10]
    assert len(read.notes) == 2


def test_reversed_empty_and_late_segments_are_told(tmp_path: Path) -> None:
    videos = {"a": entry((4, 2, "dive"), (3, 3, "dive"), (11, 12, "dive"))}
    with pytest.raises(AnnotationError) as caught:
        read_timelines(write(tmp_path / "x.json", videos))
    reverse, empty, late = caught.value.problems
    assert "video 'a', annotation 1: 'dive' has a negative duration" in reverse
    assert "annotation 2: 'dive' lasts 0 s" in empty
    assert "annotation 3: 'dive' at 12 s is outside its video, which lasts 10 s" in late


def test_annotations_of_another_form_are_told_one_by_one(tmp_path: Path) -> None:
    videos = {"a": {"annotations": [{"segment": [1]}, {"segment": ["1", "2"], "label": "dive"}]}}
    read = read_timelines(write(tmp_path / "x.json", videos), skip_broken=True)
    assert [(i.start_seconds, i.end_seconds) for i in read.videos[0].intervals] == [(1, 2)]
    assert read.problems == (
        f"{tmp_path}/x.json: video 'a', annotation 1: has no label, or no segment [start, end] in "
        "seconds: {'segment': [1]}",
    )


def test_subsets_are_splits(tmp_path: Path) -> None:
    videos = {n: entry((1, 2, "x"), subset=s) for n, s in (("a", "validation"), ("b", "training"))}
    path = write(tmp_path / "x.json", videos)
    read = read_timelines(path)
    assert [(video.name, video.split) for video in read.videos] == [
        ("a", "val"),
        ("b", "train"),
    ]


def test_a_label_that_is_null_is_none(tmp_path: Path) -> None:
    path = write(tmp_path / "x.json", {"a": entry((1, 2, None), (3, 4, 5))})
    read = read_timelines(path, skip_broken=True)
    assert read.videos[0].labels == ["5"]
    assert read.problems == (f"{path}: video 'a', annotation 1: no label",)


def test_results_have_scores_and_names_without_v(tmp_path: Path) -> None:
    (tmp_path / "videos").mkdir()
    (tmp_path / "videos/v_a.mp4").write_bytes(b"x")
    found = {"a": [{"label": "dive", "score": 0.5, "segment": [1, 2]}]}
    path = write(tmp_path / "x.json", {"version": "1", "results": found})
    (video,) = read_timelines(path, videos=tmp_path / "videos").videos
    assert video.intervals[0].confidence == 0.5
    assert video.path.endswith("v_a.mp4")
