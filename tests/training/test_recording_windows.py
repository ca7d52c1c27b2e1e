"""Windows of recordings to learn from: their frames, and what is known of each position."""

from pathlib import Path

import numpy as np
import pytest
import torch

from mienet.data.recording_format import RecordingFormat
from mienet.errors import MienetError
from mienet.labeling.timelines import AnnotatedVideo, Event, Interval
from mienet.training.recording_windows import (
    FixedWindows,
    LabeledRecording,
    TrainingWindows,
    WindowAugmentation,
    WindowSample,
    label_recording,
    speeds,
)
from tests.conftest import WriteVideo, frame_number

PHASES, EVENTS = ["run", "jump"], ["take-off"]
PLAIN = WindowAugmentation((1.0,), None, None, 0.0)


def annotated(path: Path) -> AnnotatedVideo:
    """Of 30 frames of 1/25 s: run in 3 to 11, jump in 12 to 20, take-off at frame 12."""
    intervals = (Interval("run", 0.12, 0.48), Interval("jump", 0.48, 0.84))
    return AnnotatedVideo(str(path), intervals, (Event("take-off", 0.48),), path=str(path))


@pytest.fixture
def recording(write_video: WriteVideo) -> LabeledRecording:
    return label_recording(annotated(write_video(num_frames=30)), PHASES, EVENTS)


def windows(
    recording: LabeledRecording,
    augmentation: WindowAugmentation = PLAIN,
    *,
    stride: int = 2,
    seed: int = 0,
    radius: int = 1,
) -> TrainingWindows:
    reading = RecordingFormat(4, 2, stride, 25.0, 32, 32)
    return TrainingWindows(
        [recording], reading, augmentation, num_events=1, event_radius=radius, windows=40,
        seed=seed, cache=None,
    )  # fmt: skip


def shown(sample: WindowSample) -> np.ndarray:
    """Returns the number of each frame that a window shows, ``(T, L)``."""
    flat = [frame_number(image.numpy()) for image in sample.clips.flatten(0, 1)]
    return np.array(flat).reshape(sample.clips.shape[:2])


def test_each_frame_is_known(recording: LabeledRecording) -> None:
    assert recording.labels.tolist() == [2] * 3 + [0] * 9 + [1] * 9 + [2] * 9
    assert recording.events == [(0, 12)]


def test_positions_have_the_labels_of_the_frames_that_they_show(
    recording: LabeledRecording,
) -> None:
    made = windows(recording)
    seen = set()
    for index in range(len(made)):
        sample = made[0, index]
        frames = shown(sample)
        for frame, phase, event in zip(
            frames[:, 0], sample.phases.tolist(), sample.events.tolist(), strict=True
        ):
            if phase == -1:  # beyond an end, where the last frame repeats
                assert frame in (0, 29)
                assert event == -1
                continue
            assert phase == recording.labels[frame]
            seen.add(phase)
    assert seen == {0, 1, 2}


def test_an_event_counts_at_its_nearest_position_and_those_around(
    recording: LabeledRecording,
) -> None:
    for radius in (0, 1):
        made = windows(recording, radius=radius)
        for index in range(len(made)):
            sample = made[0, index]
            frames = shown(sample)[:, 0]
            stride = max(1, int(np.diff(frames).max()))
            near = np.round(np.abs(frames - 12) / stride) <= radius
            known = sample.phases.numpy() != -1
            assert (sample.events.numpy()[known] == np.where(near, 0, 1)[known]).all()


def test_movements_come_at_several_speeds(recording: LabeledRecording) -> None:
    made = windows(recording)
    steps = {int(np.diff(shown(made[0, index])[:, 0]).max()) for index in range(len(made))}
    assert steps == {1, 2, 3} == set(speeds(2))


def test_windows_depend_on_seed_and_epoch_alone(recording: LabeledRecording) -> None:
    one, same, other = windows(recording), windows(recording), windows(recording, seed=1)
    assert torch.equal(one[3, 5].clips, same[3, 5].clips)
    assert any(not torch.equal(one[3, i].clips, other[3, i].clips) for i in range(5))
    assert any(not torch.equal(one[3, i].clips, one[4, i].clips) for i in range(5))


def test_mirrored_windows_have_mirrored_labels(recording: LabeledRecording) -> None:
    swap = WindowAugmentation((1.0,), (1, 0, 2), (0, 1), 0.0)
    made, plain = windows(recording, swap), windows(recording)
    swapped = [i for i in range(20) if not torch.equal(made[0, i].phases, plain[0, i].phases)]
    assert 0 < len(swapped) < 20
    table = torch.tensor([1, 0, 2, -1])
    for index in swapped:
        assert torch.equal(made[0, index].phases, table[plain[0, index].phases])


def test_an_epoch_has_as_many_windows_as_cover_each_recording(
    recording: LabeledRecording,
) -> None:
    reading = RecordingFormat(4, 2, 2, 25.0, 32, 32)  # spans 7 of 30 frames
    made = TrainingWindows(
        [recording, recording], reading, PLAIN, num_events=1, event_radius=1, windows=None,
        seed=0, cache=None,
    )  # fmt: skip
    assert len(made) == 2 * 4


def test_fixed_windows_show_a_whole_recording(recording: LabeledRecording) -> None:
    made = FixedWindows([recording], RecordingFormat(4, 2, 2, 25.0, 32, 32), cache=None)
    frames = set()
    for index in range(len(made)):
        window = made[0, index]
        assert window.frames.shape == (8, 3, 32, 32)
        frames |= {frame_number(image.numpy()) for image in window.frames}
    assert frames == set(range(30))


def test_a_mark_outside_its_recording_is_named(write_video: WriteVideo) -> None:
    video = annotated(write_video(num_frames=10))
    with pytest.raises(MienetError, match=r"'jump' at 0\.84 s is outside its video"):
        label_recording(video, PHASES, EVENTS)
