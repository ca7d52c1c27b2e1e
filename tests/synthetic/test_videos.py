"""The made standing long jump videos."""

import csv
from collections import Counter
from pathlib import Path

import av
import numpy as np
import pytest

from mienet.synthetic import athlete, drawing, filming
from mienet.synthetic.athlete import SPLITS
from mienet.synthetic.videos import CLASSES, make_clip, make_dataset

SIZE = (48, 32)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    make_dataset(folder, athletes=(2, 1, 1), size=SIZE, jobs=2, progress=False)
    return folder


def read(root: Path, split: str) -> list[dict[str, str]]:
    with (root / f"{split}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(("split", "athletes"), [("train", 2), ("val", 1), ("test", 1)])
def test_lists_hold_every_class_once_per_athlete(root: Path, split: str, athletes: int) -> None:
    assert Counter(row["label"] for row in read(root, split)) == dict.fromkeys(CLASSES, athletes)


def test_listed_files_are_exactly_those_written(root: Path) -> None:
    listed = {root / row["path"] for split in SPLITS for row in read(root, split)}
    assert listed == set((root / "clips").iterdir())


def test_class_file_gives_the_classes_in_order(root: Path) -> None:
    assert (root / "classes.txt").read_text(encoding="utf-8").splitlines() == list(CLASSES)


@pytest.mark.parametrize("draw", [athlete.draw_athlete_parameters, drawing.draw_scene_parameters])
def test_splits_share_no_athlete_and_no_scene(draw) -> None:
    drawn = [draw(athlete=n, split=split, seed=0) for split in SPLITS for n in range(40)]
    assert len(set(drawn)) == len(drawn)


def test_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4"):
        make_clip(tmp_path / name, phase=3, athlete=0, split="val", size=SIZE, seed=5)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def test_worker_processes_write_what_one_process_writes(root: Path, tmp_path: Path) -> None:
    make_clip(tmp_path / "6.mp4", phase=6, athlete=0, split="test", size=SIZE)
    clip = root / "clips/test_athlete_000_phase_06.mp4"
    assert (tmp_path / "6.mp4").read_bytes() == clip.read_bytes()


def test_frame_count_and_rate_do_not_depend_on_the_class() -> None:
    shots = [
        [filming.draw_shot(athlete.generator_for(0, "train", n, 2, phase)) for n in range(400)]
        for phase in range(len(CLASSES))
    ]
    frames = np.array([[shot.frames for shot in row] for row in shots])
    rates = np.array([[shot.fps for shot in row] for row in shots])
    # Standard errors of these means are 0.19 and 0.23.
    assert np.abs(frames.mean(axis=1) - 22.0).max() < 0.8
    assert np.abs(rates.mean(axis=1) - 22.5).max() < 1.0


def test_clip_decodes_to_frames_of_the_asked_size(root: Path) -> None:
    with av.open(str(root / read(root, "test")[0]["path"])) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert {frame.shape for frame in frames} == {(SIZE[1], SIZE[0], 3)}
    assert 16 <= len(frames) <= 28


def test_standing_foot_stays_where_it_is() -> None:
    who = athlete.draw_athlete_parameters(athlete=0, split="train", seed=0)
    motion = athlete.plan_motion(who)
    times = np.linspace(0.0, motion.times[athlete.TOE_OFF], 20)
    balls = [athlete.skeleton_at(who, motion, t)["ball"] for t in times]
    np.testing.assert_allclose(balls, 0.0, atol=1e-9)


@pytest.mark.parametrize("event", [athlete.TOE_OFF, athlete.TOUCHDOWN])
def test_body_does_not_leap_between_ground_and_flight(event: int) -> None:
    who = athlete.draw_athlete_parameters(athlete=1, split="train", seed=0)
    motion = athlete.plan_motion(who)
    t = float(motion.times[event])
    before, after = (athlete.skeleton_at(who, motion, t + d)["hip"] for d in (-1e-5, 1e-5))
    np.testing.assert_allclose(before, after, atol=1e-3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"size": (49, 32)}, r"size was \(49, 32\).*both even"),
        ({"phase": 10}, r"phase was 10.*0\.\.9"),
        ({"split": "dev"}, "split was 'dev'.*train, val, test"),
        ({"athlete": -1}, "athlete was -1"),
        ({"seed": -1}, "seed was -1"),
    ],
)
def test_bad_clip_arguments_are_named(tmp_path: Path, change: dict, message: str) -> None:
    good = {"phase": 0, "athlete": 0, "split": "test", "size": SIZE, "seed": 0}
    with pytest.raises(ValueError, match=message):
        make_clip(tmp_path / "x.mp4", **{**good, **change})


@pytest.mark.parametrize(
    ("change", "message"),
    [({"athletes": (1, 0, 1)}, r"athletes was \(1, 0, 1\)"), ({"jobs": 0}, "jobs was 0")],
)
def test_bad_dataset_arguments_are_named(tmp_path: Path, change: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make_dataset(tmp_path, progress=False, **change)
