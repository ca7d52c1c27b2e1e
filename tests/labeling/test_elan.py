from dataclasses import replace
from pathlib import Path

import pytest

from mienet.annotations.records import AnnotationError
from mienet.labeling.timeline_formats import read_timelines, write_timelines
from mienet.labeling.timelines import AnnotatedVideo, Event, Interval
from mienet.labeling.video_names import VideoNames

TYPES = (
    '<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="main" TIME_ALIGNABLE="true"/>'
    '<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="note" CONSTRAINTS="Symbolic_Association"/>'
    '<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="part" CONSTRAINTS="Symbolic_Subdivision"/>'
)


def document(path: Path, slots: dict[str, str], tiers: str, media: str = "") -> Path:
    media = media or '<MEDIA_DESCRIPTOR MEDIA_URL="file:///x/a%20b.mp4" MIME_TYPE="video/mp4"/>'
    times = "".join(
        f'<TIME_SLOT TIME_SLOT_ID="{key}"' + (f' TIME_VALUE="{value}"/>' if value else "/>")
        for key, value in slots.items()
    )
    path.write_text(
        f"<ANNOTATION_DOCUMENT>\n<HEADER>{media}</HEADER>\n<TIME_ORDER>{times}</TIME_ORDER>\n"
        f"{tiers}\n{TYPES}</ANNOTATION_DOCUMENT>"
    )
    return path


def tier(name: str, *annotations: str, kind: str = "main", **attributes: str) -> str:
    more = "".join(f' {key}="{value}"' for key, value in attributes.items())
    inner = "".join(f"<ANNOTATION>{annotation}</ANNOTATION>" for annotation in annotations)
    return f'<TIER TIER_ID="{name}" LINGUISTIC_TYPE_REF="{kind}"{more}>{inner}</TIER>'


def aligned(key: str, first: str, last: str, value: str) -> str:
    return (
        f'<ALIGNABLE_ANNOTATION ANNOTATION_ID="{key}" TIME_SLOT_REF1="{first}" '
        f'TIME_SLOT_REF2="{last}"><ANNOTATION_VALUE>{value}</ANNOTATION_VALUE>'
        "</ALIGNABLE_ANNOTATION>"
    )


def reference(key: str, parent: str, value: str) -> str:
    return (
        f'<REF_ANNOTATION ANNOTATION_ID="{key}" ANNOTATION_REF="{parent}">'
        f"<ANNOTATION_VALUE>{value}</ANNOTATION_VALUE></REF_ANNOTATION>"
    )


def test_annotations_have_times_subjects_and_tiers(tmp_path: Path) -> None:
    tiers = tier("phase", aligned("a1", "1", "2", "run"), aligned("a2", "2", "3", ""),
                 PARTICIPANT="Ann", ANNOTATOR="Bo")  # fmt: skip
    path = document(tmp_path / "a.eaf", {"1": "100", "2": "250", "3": "1000"}, tiers)
    (video,) = read_timelines(path).videos
    named = [replace(interval, source="") for interval in video.intervals]
    assert named == [Interval("run", 0.1, 0.25, "Ann", "phase", "Bo"),
                     Interval("phase", 0.25, 1.0, "Ann", "phase", "Bo")]  # fmt: skip
    assert video.name == "file:///x/a%20b.mp4"
    assert video.intervals[0].source == f"{path}:4: annotation a1 of tier 'phase'"


@pytest.mark.parametrize("borders", [("x", "x", "y", "y"), ("x", "x2", "y", "y2")])
def test_borders_without_times_lie_evenly_between_those_with(
    tmp_path: Path, borders: tuple[str, str, str, str]
) -> None:
    one, two, three, four = borders
    words = aligned("a", "1", one, "a"), aligned("b", two, three, "b"), aligned("c", four, "2", "c")
    tiers = tier("words", *words)
    slots = {"1": "1000", **dict.fromkeys(borders, ""), "2": "4000"}
    (video,) = read_timelines(document(tmp_path / "a.eaf", slots, tiers)).videos
    assert [(i.start_seconds, i.end_seconds) for i in video.intervals] == [(1, 2), (2, 3), (3, 4)]


def test_the_origin_of_the_first_video_is_added(tmp_path: Path) -> None:
    media = (
        '<MEDIA_DESCRIPTOR MEDIA_URL="a.wav" MIME_TYPE="audio/x-wav"/><MEDIA_DESCRIPTOR '
        'MEDIA_URL="a.mp4" MIME_TYPE="video/mp4" RELATIVE_MEDIA_URL="../b.mp4" TIME_ORIGIN="500"/>'
    )
    tiers = tier("t", aligned("a1", "1", "2", "run"))
    path = document(tmp_path / "a.eaf", {"1": "0", "2": "100"}, tiers, media)
    (video,) = read_timelines(path).videos
    interval = video.intervals[0]
    assert (video.name, interval.start_seconds, interval.end_seconds) == ("../b.mp4", 0.5, 0.6)


def test_what_refers_to_annotations_has_their_times_or_is_their_modifier(tmp_path: Path) -> None:
    tiers = (
        tier("t", aligned("a1", "1", "2", "run"))
        + tier("parts", reference("a2", "a1", "left"), kind="part")
        + tier("notes", reference("a3", "a1", "fast"), kind="note")
        + tier("further", reference("a4", "a3", "very\n high"), kind="note")
    )
    path = document(tmp_path / "a.eaf", {"1": "0", "2": "100"}, tiers)
    run, left = read_timelines(path).videos[0].intervals
    assert run.modifiers == ("fast", "very high")
    assert (left.label, left.start_seconds, left.end_seconds) == ("left", 0, 0.1)


def test_what_elan_does_not_allow_is_told(tmp_path: Path) -> None:
    tiers = (
        tier("t", aligned("a1", "1", "3", "run"), aligned("a2", "2", "4", "jump"))
        + tier("u", aligned("a3", "4", "1", "back"))
        + tier("w", aligned("a4", "5", "5", "lost"))
        + tier("v", aligned("a5", "6", "1", "early"))
    )
    slots = {"1": "0", "2": "100", "3": "200", "4": "300", "5": "", "6": "-4400"}
    with pytest.raises(AnnotationError) as caught:
        read_timelines(document(tmp_path / "a.eaf", slots, tiers))
    overlap, negative, lost, early = caught.value.problems
    assert "tier 't': annotations overlap at 0.1 s" in overlap
    assert "a3 of tier 'u': 'back' has a negative duration: from 0.3 to 0 s" in negative
    assert "a4 of tier 'w': has no time" in lost
    assert "'early' at -4.4 s is outside its video" in early


def test_a_document_type_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.eaf"
    path.write_text('<?xml version="1.0"?>\n<!DOCTYPE x [<!ENTITY a SYSTEM "/etc/passwd">]>\n<x/>')
    with pytest.raises(AnnotationError, match=r"a\.eaf:2: defines a document type"):
        read_timelines(path)


def test_broken_xml_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.eaf").write_text("<ANNOTATION_DOCUMENT>\n<TIER>\n")
    with pytest.raises(AnnotationError, match=r"a\.eaf:3: no XML: no element found"):
        read_timelines(tmp_path / "a.eaf")


def test_a_document_that_is_written_gives_the_same_marks(tmp_path: Path) -> None:
    video = AnnotatedVideo(
        "a b.mp4",
        (
            Interval("run", 0.1, 2.5, "Ann", modifiers=("fast", "left"), confidence=0.75),
            Interval("run", 1.0, 3.0, "Ann"),
            Interval("run & <jump>", 1.0, 3.0),
        ),
        (Event("jump", 1.25, "Ann"), Event("jump", 1.2505, "Ann")),
    )
    (path,) = write_timelines([video], tmp_path, "elan")
    (read,) = read_timelines(path).videos
    assert path.name == "a b.eaf"
    assert {replace(i, source="", tier="") for i in read.intervals} == set(video.intervals)
    assert [(e.label, e.subject, e.time_seconds) for e in read.events] == [
        ("jump", "Ann", 1.25), ("jump", "Ann", 1.25)
    ]  # fmt: skip


def with_clock(folder: Path) -> Path:
    """Writes a document that states the frame rate and length of its video."""
    video = AnnotatedVideo("x/a b.mp4", (Interval("run", 0, 1),), fps=29.97, duration_seconds=4.25)
    (path,) = write_timelines([video], folder, "elan")
    return path


def test_frame_rate_and_length_are_kept(tmp_path: Path) -> None:
    (read,) = read_timelines(with_clock(tmp_path)).videos
    assert (read.fps, read.duration_seconds) == (29.97, 4.25)


def test_they_are_not_those_of_another_video(tmp_path: Path) -> None:
    path = with_clock(tmp_path)
    path.write_text(path.read_text().replace("a%20b.mp4", "other.mp4"))
    read = read_timelines(path)
    assert (read.videos[0].fps, read.videos[0].duration_seconds) == (None, None)
    assert read.notes == (
        f"{path}: its frame rate and length are of 'a b.mp4', and not taken for its video",
    )


def test_a_wrong_frame_rate_is_told(tmp_path: Path) -> None:
    path = with_clock(tmp_path)
    path.write_text(path.read_text().replace("29.97", "fast"))
    with pytest.raises(AnnotationError, match=r"a b.eaf:\d+: property 'mienet fps': must be a num"):
        read_timelines(path)


def test_a_slot_that_is_not_there_gives_no_time(tmp_path: Path) -> None:
    slots = {"t1": "1000", "t2": "2000", "t3": "5000", "t4": "6000"}
    marks = (aligned("a1", "t1", "t2", "up"), aligned("a2", "t2", "t9", "x"))
    path = document(tmp_path / "a.eaf", slots, tier("w", *marks, aligned("a3", "t3", "t4", "down")))
    read = read_timelines(path, skip_broken=True)
    assert [(i.label, i.end_seconds) for i in read.videos[0].intervals] == [("up", 2), ("down", 6)]
    assert [problem.partition("a2 of tier ")[2] for problem in read.problems] == [
        "'w': has no time: its slots are not in TIME_ORDER, or none around them has one"
    ]


def test_of_several_media_the_one_that_is_there_counts(tmp_path: Path) -> None:
    media = "".join(
        f'<MEDIA_DESCRIPTOR MEDIA_URL="file:///x/{name}" MIME_TYPE="video/mp4" '
        f'TIME_ORIGIN="{origin}"/>'
        for name, origin in (("side.mp4", 0), ("front.mp4", 500))
    )
    slots = {"t1": "1000", "t2": "2000"}
    path = document(tmp_path / "a.eaf", slots, tier("w", aligned("a1", "t1", "t2", "up")), media)
    read = read_timelines(path, videos=VideoNames([Path("front.mp4")]))
    assert (read.videos[0].path, read.videos[0].intervals[0].start_seconds) == ("front.mp4", 1.5)
    assert read.notes == (
        f"{path}: 2 media files of one session; the first of 1 that are there counts: "
        "file:///x/front.mp4",
    )


def test_a_slot_whose_time_is_no_number_is_told_with_its_line(tmp_path: Path) -> None:
    slots = {"t1": "1000", "t2": "2,5", "t3": "4000"}
    marks = (aligned("a1", "t1", "t2", "up"), aligned("a2", "t1", "t3", "down"))
    read = read_timelines(document(tmp_path / "a.eaf", slots, tier("w", *marks)), skip_broken=True)
    assert [(i.label, i.end_seconds) for i in read.videos[0].intervals] == [("down", 4)]
    assert read.problems[0] == (
        f"{tmp_path}/a.eaf:3: time slot t2: is no number of milliseconds: '2,5'"
    )


def test_a_template_is_no_recording(tmp_path: Path) -> None:
    document(tmp_path / "a.eaf", {"t1": "0", "t2": "9"}, tier("w", aligned("a1", "t1", "t2", "up")))
    template = document(tmp_path / "b.etf", {}, "")
    read = read_timelines(tmp_path)
    assert len(read.videos) == 1
    assert read.notes == (f"{template}: a template of ELAN, which has no annotations; left out",)


def test_a_backup_is_no_second_observation(tmp_path: Path) -> None:
    marks = tier("w", aligned("a1", "t1", "t2", "up"))
    document(tmp_path / "a.eaf", {"t1": "0", "t2": "9"}, marks)
    backup = document(tmp_path / "a.eaf.001", {"t1": "0", "t2": "5"}, marks)
    read = read_timelines(tmp_path)
    assert [video.intervals[0].end_seconds for video in read.videos] == [0.009]
    what = "a backup of ELAN, an earlier state of the document beside it; left out"
    assert read.notes == (f"{backup}: {what}",)


def test_a_document_that_counts_frames_is_refused(tmp_path: Path) -> None:
    path = document(tmp_path / "a.eaf", {"t1": "0", "t2": "9"}, "")
    path.write_text(path.read_text().replace("<HEADER", '<HEADER TIME_UNITS="PAL-frames"'))
    with pytest.raises(AnnotationError, match="its times are in PAL-frames; accepted are millis"):
        read_timelines(path)
