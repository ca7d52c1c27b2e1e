from pathlib import Path

import pytest

from mienet.annotations.records import AnnotationError
from mienet.labeling.timeline_formats import read_timelines

HEAD = (
    "<FullPath>C:\\lab\\a.mp4</FullPath><AverageTimeStampsPerFrame>512</AverageTimeStampsPerFrame>"
    "<VideoFramerate>25</VideoFramerate><FirstTimeStamp>512</FirstTimeStamp>"
)


def write(path: Path, content: str, version: str = "2.1") -> Path:
    text = f"<KinoveaVideoAnalysis><FormatVersion>{version}</FormatVersion>{content}"
    path.write_text(text + "</KinoveaVideoAnalysis>", encoding="utf-8-sig")
    return path


def chrono(*sections: str) -> str:
    inner = "".join(sections)
    return (
        f'<Chronos><ChronoMulti name="Chrono 1"><Values><Sections>{inner}</Sections></Values>'
        "</ChronoMulti></Chronos>"
    )


def test_timestamps_count_from_the_first_frame(tmp_path: Path) -> None:
    key = (
        "<Keyframes><Keyframe><Timestamp>26112</Timestamp><Name>jump</Name></Keyframe></Keyframes>"
    )
    section = '<Section name="run" tag="Ann">13312;51712</Section>'
    (video,) = read_timelines(write(tmp_path / "a.kva", HEAD + key + chrono(section))).videos
    (interval,), (event,) = video.intervals, video.events
    assert (interval.label, interval.subject, interval.tier) == ("run", "Ann", "Chrono 1")
    assert (interval.start_seconds, interval.end_seconds) == (1, 4)
    assert (event.label, event.time_seconds) == ("jump", 2)
    assert video.name == "C:\\lab\\a.mp4"


def test_a_stopwatch_that_runs_on_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "a.kva", HEAD + chrono('<Section name="run">1024;-1</Section>'))
    with pytest.raises(AnnotationError, match="unpaired start of 'run': the stopwatch was not"):
        read_timelines(path)


def test_version_2_0_lacks_the_rate(tmp_path: Path) -> None:
    content = (
        "<OriginalFilename>a</OriginalFilename><AverageTimeStampsPerFrame>1</"
        "AverageTimeStampsPerFrame><FirstTimeStamp>0</FirstTimeStamp><Keyframes><Keyframe>"
        '<Position UserTime="0:00:00:53">50</Position><Title>jump</Title></Keyframe></Keyframes>'
        "<Chronos><Chrono><Values><StartCounting>25</StartCounting><StopCounting>100</StopCounting>"
        "</Values><Label><Text>run</Text></Label></Chrono></Chronos>"
    )
    path = write(tmp_path / "a.kva", content, "2.0")
    with pytest.raises(AnnotationError, match="the times of 'a' are numbers of frames"):
        read_timelines(path)
    (video,) = read_timelines(path, fps=50).videos
    assert video.events[0].time_seconds == 1
    assert (video.intervals[0].start_seconds, video.intervals[0].end_seconds) == (0.5, 2)


def test_slow_motion_is_noted(tmp_path: Path) -> None:
    content = HEAD + "<CaptureFramerate>240</CaptureFramerate>" + chrono()
    read = read_timelines(write(tmp_path / "a.kva", content))
    assert "captured at 240 frames per second and stored at 25" in read.notes[0]


def test_a_key_image_without_a_time_is_told_with_its_line(tmp_path: Path) -> None:
    keys = "\n<Keyframes>\n<Keyframe><Name>jump</Name></Keyframe></Keyframes>"
    with pytest.raises(AnnotationError, match=r"a.kva:3: key image: here or behind it"):
        read_timelines(write(tmp_path / "a.kva", HEAD + keys))


def test_tracks_of_points_are_counted(tmp_path: Path) -> None:
    tracks = '<Tracks><Track id="a"/><Track id="b"/></Tracks>'
    path = write(
        tmp_path / "a.kva", HEAD + tracks + chrono('<Section name="run">512;1024</Section>')
    )
    assert read_timelines(path).notes == (f"{path}: 2 track(s) of where points move are not read",)
