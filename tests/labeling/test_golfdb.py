from pathlib import Path

import pytest

from mienet.annotations.records import AnnotationError
from mienet.labeling.golfdb import EVENTS
from mienet.labeling.timeline_formats import read_timelines

HEADER = "id,youtube_id,player,sex,club,view,slow,events,bbox,split\n"


def write(folder: Path, events: str) -> Path:
    path = folder / "golfDB.csv"
    path.write_text(f'{HEADER}7,f1BWA5F87Jc,ANN,f,driver,face-on,1,"{events}","[0.1, 0, 1, 1]",3\n')
    return path


@pytest.mark.parametrize("separator", [", ", " "])
def test_events_count_from_the_clip_s_first_frame(tmp_path: Path, separator: str) -> None:
    frames = separator.join(map(str, range(400, 500, 10)))
    (video,) = read_timelines(write(tmp_path, f"[{frames}]"), fps=25).videos
    assert video.name == "7"
    assert [event.label for event in video.events] == list(EVENTS)
    assert [e.time_seconds for e in video.events] == pytest.approx([k / 2.5 for k in range(1, 9)])
    assert video.duration_seconds == pytest.approx(91 / 25)
    assert video.events[0].subject == "ANN"
    assert video.events[0].modifiers == ("driver", "face-on", "slow motion")


@pytest.mark.parametrize("events", ["[1, 2, 3]", "[9, 8, 7, 6, 5, 4, 3, 2, 1, 0]"])
def test_other_numbers_of_frames_are_told(tmp_path: Path, events: str) -> None:
    with pytest.raises(AnnotationError, match=r"golfDB.csv:2: events must be 10 rising numbers"):
        read_timelines(write(tmp_path, events), fps=25)
