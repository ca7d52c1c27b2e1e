"""Whole synthetic recordings: their times are those of the decoded video."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from mienet.labeling.timeline_formats import read_timelines
from mienet.synthetic.athlete import CLASSES
from mienet.synthetic.recordings import VideoFile, make_recording, make_recordings
from mienet.video.reader import open_video

SIZE = (48, 32)


def small(**file: object) -> VideoFile:
    return VideoFile(**({"size": SIZE, "frames_per_second": 10} | file))


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("plain.mp4", {}),
        ("fast.mp4", {"frames_per_second": 240, "num_frames": 30}),
        ("variable.mp4", {"is_variable": True}),
        ("late.mp4", {"first_seconds": 3.5}),
        ("late.mkv", {"first_seconds": 3.5}),
        ("sound.mp4", {"first_seconds": 3.5, "has_sound": True}),
        ("sound.mkv", {"first_seconds": 3.5, "has_sound": True}),
        ("one.mp4", {"num_frames": 1}),
    ],
)
def test_frames_are_shown_when_the_generator_says(tmp_path: Path, name: str, file: dict) -> None:
    made = make_recording(tmp_path / name, athlete=0, file=small(**file))
    with open_video(tmp_path / name) as video:
        np.testing.assert_allclose(video.timestamps_seconds, made.frame_seconds, atol=1e-5)


def test_a_late_start_counts_where_there_is_sound_before(tmp_path: Path) -> None:
    made = [
        make_recording(
            tmp_path / "a.mp4", athlete=0, file=small(first_seconds=2.0, has_sound=sound)
        )
        for sound in (False, True)
    ]
    assert made[1].events[0][1] - made[0].events[0][1] == pytest.approx(2.0)


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_rotated_files_show_the_same_picture(tmp_path: Path, rotation: int) -> None:
    images = []
    for turned in (0, rotation):
        path = tmp_path / f"{turned}.mp4"
        make_recording(path, athlete=0, file=small(rotation=turned, num_frames=1))
        with open_video(path) as video:
            images.append(video.read([0])[0].astype(int))
    assert images[1].shape == (SIZE[1], SIZE[0], 3)
    assert np.abs(images[0] - images[1]).mean() < 4  # but for the compression


def test_odd_sizes_are_kept(tmp_path: Path) -> None:
    make_recording(tmp_path / "odd.mp4", athlete=0, file=small(size=(49, 33), num_frames=1))
    with open_video(tmp_path / "odd.mp4") as video:
        assert video.read([0]).shape == (1, 33, 49, 3)


def test_phases_of_two_jumps_follow_each_other_with_rest_between(tmp_path: Path) -> None:
    rests = (1.0, 2.0, 0.5)
    made = make_recording(tmp_path / "a.mp4", athlete=0, rests_seconds=rests, file=small())
    assert [label for label, *_ in made.phases] == [*CLASSES, *CLASSES]
    gaps = [later[1] - sooner[2] for sooner, later in pairwise(made.phases)]
    assert made.phases[0][1] == 1.0
    np.testing.assert_allclose(gaps, [0.0] * 9 + [2.0] + [0.0] * 9, atol=1e-9)


def test_events_are_the_ends_of_their_phases(tmp_path: Path) -> None:
    made = make_recording(tmp_path / "a.mp4", athlete=0, rests_seconds=(1.0, 1.0), file=small())
    ends = {label.split(" → ")[1]: end for label, _, end in made.phases}
    assert made.events == (
        ("take-off", ends["toe off ground"]),
        ("landing", ends["heel touches ground"]),
    )


def test_the_athlete_does_not_leap_between_two_jumps() -> None:
    from mienet.synthetic.athlete import draw_athlete_parameters
    from mienet.synthetic.recordings import _Session

    who = draw_athlete_parameters(athlete=0, split="train", seed=0)
    session = _Session.of(who, (0.5, 1.0, 0.5))
    jump = float(session.motion.times[-1])
    times = np.linspace(0.5 + jump - 0.05, 0.5 + jump + 1.05, 111)
    hips = np.array([session.joints_at(t)["hip"] for t in times])
    assert np.abs(np.diff(hips, axis=0)).max() < 0.01  # meters in a hundredth of a second


def test_one_rest_is_a_recording_without_a_jump(tmp_path: Path) -> None:
    made = make_recording(tmp_path / "a.mp4", athlete=0, rests_seconds=(1.0,), file=small())
    assert (made.phases, made.events, len(made.frame_seconds)) == ((), (), 10)


def test_what_happens_after_the_last_frame_is_not_told(tmp_path: Path) -> None:
    made = make_recording(
        tmp_path / "a.mp4", athlete=0, rests_seconds=(0.5, 1.0), file=small(num_frames=10)
    )
    assert made.phases == ((CLASSES[0], 0.5, pytest.approx(1.0)),)
    assert made.events == ()


def test_the_list_reads_back_as_what_was_made(tmp_path: Path) -> None:
    made = make_recordings(tmp_path, athletes=2, file=small(), jobs=1, progress=False)
    read = read_timelines(tmp_path / "annotations.csv", videos=tmp_path).videos
    assert [Path(video.path) for video in read] == [recording.path for recording in made]
    for video, recording in zip(read, made, strict=True):
        times = [(mark.start_seconds, mark.end_seconds) for mark in video.intervals]
        np.testing.assert_allclose(times, [row[1:] for row in recording.phases], atol=1e-6)
        assert [mark.label for mark in video.events] == [label for label, _ in recording.events]
        assert {mark.subject for mark in video.intervals} == {recording.path.stem}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"frames_per_second": 241}, "frames_per_second was 241; accepted are 1 to 240"),
        ({"rotation": 45}, "rotation was 45; accepted are 0, 90, 180, 270"),
        ({"first_seconds": -1.0}, "first_seconds was -1.0"),
        ({"num_frames": 0}, "num_frames was 0"),
    ],
)
def test_bad_files_are_named(change: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        VideoFile(**change)


def test_bad_rests_are_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"was \(0, 1\); accepted are one or more numbers above 0"):
        make_recording(tmp_path / "a.mp4", athlete=0, rests_seconds=(0, 1))
    with pytest.raises(ValueError, match=r"was \(\); accepted are one or more numbers above 0"):
        make_recording(tmp_path / "a.mp4", athlete=0, rests_seconds=())


def test_no_athletes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="athletes was 0"):
        make_recordings(tmp_path, athletes=0)
