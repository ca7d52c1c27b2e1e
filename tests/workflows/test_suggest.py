"""Which videos to label next, by models of clips and of recordings."""

import csv
import shutil
from pathlib import Path

import pytest
import torch

from mienet.cli import main
from mienet.curation.probe import PROBES, ProbeCache, probe_videos
from mienet.errors import MienetError
from mienet.familiarity import KnownClips, directions
from mienet.loading import load_network
from mienet.timelines.doubts import frame_doubts
from mienet.timelines.recording import RecordingOptions
from mienet.workflows.suggest import suggest_videos
from tests.conftest import WriteVideo, make_timeline_recognizer


def test_the_most_doubtful_clip_comes_first(
    model: Path, class_folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sure = {"0.mp4": 4.0, "1.mp4": 0.1, "2.mp4": 2.0}
    seen: list[str] = []

    def views(self: object, record: object, **_: object) -> list[torch.Tensor]:
        seen.append(Path(record.path).name)  # type: ignore[attr-defined]
        return [torch.zeros(1)]

    def outputs(self: object, views: torch.Tensor) -> tuple[torch.Tensor, None]:
        return torch.tensor([[sure[seen[-1]], 0.0]]), None

    monkeypatch.setattr("mienet.recognizer.Recognizer.iterate_views", views)
    monkeypatch.setattr("mienet.recognizer.NetworkRecognizer.view_outputs", outputs)
    found = suggest_videos(model, [class_folders / "fall" / name for name in sure], number=2)
    assert [Path(one.video).name for one in found.videos] == ["1.mp4", "2.mp4"]
    # softmax of 0.1 and 0 is 0.525 and 0.475
    assert found.videos[0].reason == "the model doubts 95% of it"


def test_a_model_of_one_class_has_no_doubt(
    model: Path, class_folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def outputs(self: object, views: torch.Tensor) -> tuple[torch.Tensor, None]:
        return torch.tensor([[0.5]]), None

    monkeypatch.setattr("mienet.recognizer.NetworkRecognizer.view_outputs", outputs)
    (found,) = suggest_videos(model, [class_folders / "fall/0.mp4"]).videos
    assert found.reason == "the model doubts 0% of it"


def test_a_part_of_a_video_is_named_with_its_last_frame(
    model: Path, class_folders: Path, tmp_path: Path
) -> None:
    video = class_folders / "fall/0.mp4"
    (tmp_path / "parts.csv").write_text(f"path,label,start_frame,end_frame\n{video},,2,8\n")
    (found,) = suggest_videos(model, [tmp_path / "parts.csv"]).videos
    assert found.video == f"{video} (frames 2 to 7)"


def test_a_clip_that_the_model_knows_is_not_new(model: Path, class_folders: Path) -> None:
    recognizer = load_network(model)
    clips = [class_folders / "fall" / f"{number}.mp4" for number in range(3)]
    with torch.inference_mode():
        features = torch.cat([recognizer.features(recognizer.read_views(path)) for path in clips])
    learned = directions(features[:1])
    recognizer.known_clips = KnownClips(
        learned, torch.zeros(1, dtype=torch.int64), torch.ones(1), torch.ones(1, dtype=torch.bool)
    )
    recognizer.save(model)
    found = suggest_videos(model, clips)
    assert found.is_by_features
    assert found.videos[-1].video == str(clips[0])
    assert found.videos[-1].reason.endswith(
        "familiarity 1.00 with what is labeled or chosen before"
    )


def test_what_the_run_has_learned_from_and_what_is_labeled_is_left_out(
    model: Path, class_folders: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (model / "train.csv").write_text(f"path,label\n{class_folders / 'fall/0.mp4'},fall\n")
    (tmp_path / "more.csv").write_text(f"path,label\n{class_folders / 'fall/1.mp4'},fall\n")
    folder, out = str(class_folders / "fall"), tmp_path / "next.csv"
    assert main(
        ["suggest", str(model), folder, "--labeled", str(tmp_path / "more.csv"), "--out", str(out)]
    ) == 0  # fmt: skip
    printed = capsys.readouterr()
    assert "note: 2 videos have labels already and are left out" in printed.err
    assert printed.out.startswith("  1. ")
    with out.open(newline="") as file:
        names = {Path(row["video"]).name for row in csv.DictReader(file)}
    assert names == {"2.mp4", "3.mp4", "4.mp4", "5.mp4"}


def test_a_copy_of_a_labeled_video_is_left_out(
    model: Path, class_folders: Path, tmp_path: Path
) -> None:
    (model / "train.csv").write_text(f"path,label\n{class_folders / 'fall/0.mp4'},fall\n")
    (tmp_path / "new").mkdir()
    shutil.copy(class_folders / "fall/0.mp4", tmp_path / "new/renamed.mp4")
    shutil.copy(class_folders / "fall/1.mp4", tmp_path / "new/other.mp4")
    found = suggest_videos(model, [tmp_path / "new"])
    assert [Path(one.video).name for one in found.videos] == ["other.mp4"]
    assert found.num_labeled == 1


@pytest.mark.parametrize("is_noted", [True, False])
def test_a_labeled_video_that_was_renamed_is_known_by_what_its_dataset_noted(
    model: Path, class_folders: Path, tmp_path: Path, is_noted: bool
) -> None:
    old, new = class_folders / "fall/0.mp4", class_folders / "fall/new.mp4"
    (model / "train.csv").write_text(f"path,label\n{old},fall\n")
    (model / "config.yaml").write_text(f"data: {{root: {tmp_path / 'dataset'}}}\n")
    (tmp_path / "dataset").mkdir()
    if is_noted:
        probe_videos([str(old)], ProbeCache(tmp_path / "dataset" / PROBES), jobs=1)
    old.rename(new)
    found = suggest_videos(model, [new, class_folders / "fall/1.mp4"])
    names = sorted(Path(one.video).name for one in found.videos)
    assert names == (["1.mp4"] if is_noted else ["1.mp4", "new.mp4"])
    assert (found.num_labeled, len(found.notes)) == ((1, 0) if is_noted else (0, 1))


def test_labeled_videos_that_are_not_there_are_told(
    model: Path, class_folders: Path, tmp_path: Path
) -> None:
    listed, folder = tmp_path / "more.csv", class_folders / "fall"
    listed.write_text(f"path\n{folder / '0.mp4'}\nb.mp4\n")
    assert suggest_videos(model, [folder], labeled=listed).notes == [
        f"1 of 2 videos of {listed} are not there, the first as {tmp_path / 'b.mp4'}; under other "
        "names they count as new"
    ]
    listed.write_text("path\nb.mp4\n")
    with pytest.raises(MienetError, match=r"1 of 1 videos .*; paths of a list start from its"):
        suggest_videos(model, [folder], labeled=listed)


def test_labeled_videos_are_of_the_group_of_their_folder(
    class_folders: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_timeline_recognizer().save(tmp_path / "model")
    for number in range(4):
        (class_folders / f"fall/{number}.mp4").rename(class_folders / f"fall/a{number}.mp4")
    for number in range(2, 4):
        (class_folders / f"fall/a{number}.mp4").rename(class_folders / f"fall/b{number}.mp4")
    (tmp_path / "model/train.csv").write_text(f"path\n{class_folders / 'fall/a0.mp4'}\n")
    monkeypatch.chdir(class_folders)
    found = suggest_videos(tmp_path / "model", ["fall"])
    (reason,) = (one.reason for one in found.videos if one.video == "fall/a1.mp4")
    assert reason.endswith("of the videos fall/a... 1 labeled or chosen before")


def test_recordings_are_suggested_by_the_doubt_of_their_frames(
    class_folders: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_timeline_recognizer().save(tmp_path / "model")
    broken = class_folders / "fall/broken.mp4"
    broken.write_bytes(b"no video")
    arguments = ["suggest", str(tmp_path / "model"), str(class_folders / "fall"), "--number", "2"]
    assert main(arguments) == 1
    printed = capsys.readouterr()
    assert printed.out.count("the model doubts ") == 2
    assert "left out: " in printed.err
    assert "note: videos are told apart by their names" in printed.err
    assert "broken.mp4" in printed.err


def test_slow_motion_is_looked_at_as_its_camera_says(
    tmp_path: Path, write_video: WriteVideo
) -> None:
    recognizer = make_timeline_recognizer()
    recognizer.save(tmp_path / "model")
    video = write_video("a.mp4", num_frames=30)
    listed = tmp_path / "list.csv"
    listed.write_text("path,label,start_seconds,end_seconds,capture_fps\na.mp4,dark,0,0.2,100\n")
    (slow,) = suggest_videos(tmp_path / "model", [listed]).videos
    (usual,) = suggest_videos(tmp_path / "model", [video]).videos
    timeline = recognizer.timeline(video, RecordingOptions(capture_fps=100))
    assert f"{frame_doubts(timeline).mean():.0%}" in slow.reason
    assert slow.reason != usual.reason


def test_only_earlier_suggestions_are_replaced(
    model: Path, class_folders: Path, tmp_path: Path
) -> None:
    out = tmp_path / "labels.csv"
    out.write_text("video,reason\na.mp4,doubt\n")
    suggest_videos(model, [class_folders / "fall"], out=out)
    assert "a.mp4" not in out.read_text()
    out.write_text("video,label\na.mp4,fall\n")
    with pytest.raises(MienetError, match=r"labels\.csv would be replaced, .* mienet suggest"):
        suggest_videos(model, [class_folders / "fall"], out=out)
    assert out.read_text() == "video,label\na.mp4,fall\n"


def test_nothing_left_to_label_is_an_error(model: Path, class_folders: Path) -> None:
    with pytest.raises(MienetError, match="nothing to suggest: all 6 videos have labels"):
        suggest_videos(model, [class_folders / "fall"], labeled=class_folders)


def test_a_list_that_is_not_there_is_an_error(model: Path, class_folders: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no.csv: no such list, folder or dataset"):
        suggest_videos(model, [class_folders], labeled=class_folders / "no.csv")
