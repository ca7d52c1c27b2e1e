"""Events in the video that people look at: a name that lights up, and ticks."""

from pathlib import Path

import numpy as np

from mienet.rendering.captions import TEXT_HEIGHT
from mienet.rendering.overlay import BAR_HEIGHT, TICK_HEIGHT, write_overlay
from mienet.timelines.result import decode_timeline
from mienet.video.geometry import Images
from mienet.video.reader import open_video
from tests.conftest import WriteVideo

CAPTION = slice(-TICK_HEIGHT - BAR_HEIGHT - TEXT_HEIGHT, -TICK_HEIGHT - BAR_HEIGHT)


def overlay(write_video: WriteVideo, folder: Path) -> Images:
    """Returns the frames of a video of 20, 25 a second, with events at 5, 6."""
    path = write_video(num_frames=20)
    events = np.zeros((20, 2), np.float32)
    events[5, 0], events[6, 1] = 0.9, 0.8
    borders = np.arange(21) / 25
    timeline = decode_timeline(path, [], ["toe off", "heel off"], borders, None, events)
    write_overlay(timeline, folder / "over.mp4")
    with open_video(folder / "over.mp4") as video:
        return video.read(range(20))


def test_an_event_lights_up_in_its_frame_and_its_name_stays_a_moment(
    write_video: WriteVideo, tmp_path: Path
) -> None:
    lit = overlay(write_video, tmp_path)[:, CAPTION, :, 0].mean(axis=(1, 2))
    assert np.flatnonzero(lit > 150).tolist() == [5, 6]  # yellow behind the name
    assert lit[4] < 5 < lit[7]
    assert lit[18] > 5 > lit[19]  # 12.5 frames after the last one


def test_events_have_ticks_over_the_bar(write_video: WriteVideo, tmp_path: Path) -> None:
    ticks = overlay(write_video, tmp_path)[0, -TICK_HEIGHT - BAR_HEIGHT + 2].min(axis=1)
    dark = np.flatnonzero(ticks < 150)
    assert dark.min() >= 5 / 20 * 320 - 2
    assert dark.max() <= 6 / 20 * 320 + 5
