"""Annotations of whole recordings through the real command: what becomes of them."""

import csv
import json
from pathlib import Path

import pytest

import mienet
from mienet.cli import main
from mienet.data.manifest import read_prepared
from mienet.data.recordings import Recordings, read_recordings, subjects_of
from mienet.labeling.timeline_formats import write_timelines
from mienet.labeling.timelines import in_order, start_of
from tests.workflows.preparing import jumps
from tests.workflows.recordings import HEADER, TAKES, annotated, marks_csv, rows_of, six_jumps

pytestmark = pytest.mark.usefixtures("same_process", "no_charts")

THIRDS = ("--split", "0.34,0.33,0.33")
BY_SUBJECT = ("--group-by", "subject", *THIRDS)


def lists(tmp_path: Path) -> dict[str, Recordings]:
    """Returns what was written, by split."""
    paths = read_prepared(tmp_path / "out").lists()
    return {name: read_recordings(path) for name, path in paths.items()}


def marks(tmp_path: Path) -> dict[str, list[tuple[str, float, str]]]:
    """Returns label, start and subject of all marks, by the video's name."""
    return {
        Path(video.path).stem: [(m.label, start_of(m), m.subject) for m in in_order(video)]
        for own in lists(tmp_path).values()
        for video in own.videos
    }


def test_a_table_with_an_event_is_of_recordings(tmp_path, videos, prepare, capsys) -> None:
    assert prepare(marks_csv(six_jumps(videos)), *BY_SUBJECT) == 0
    said = capsys.readouterr().out
    assert "Whole recordings, as " in said
    assert "marks.csv:3 has a start and no end, an event" in said
    assert "train timeline --data.root" in said
    dataset = read_prepared(tmp_path / "out")
    assert (dataset.classes, dataset.phases, dataset.events) == ([], ["down", "up"], ["top"])


def test_a_table_of_intervals_is_of_clips_unless_told(tmp_path, videos, prepare) -> None:
    path = six_jumps(videos) / "marks.csv"
    path.write_text(HEADER + rows_of(*TAKES).replace("top,0.12,,", "up,0.24,0.28,"))
    assert prepare(path, *BY_SUBJECT) == 0
    assert not read_prepared(tmp_path / "out").is_of_recordings
    assert prepare(path, "--recordings", *BY_SUBJECT) == 0
    assert read_prepared(tmp_path / "out").phases == ["down", "up"]


def test_all_may_be_for_training(tmp_path, videos, prepare) -> None:
    assert prepare(marks_csv(six_jumps(videos)), "--split", "1") == 0
    assert {name: len(own.videos) for name, own in lists(tmp_path).items()} == {"train": 6}


@pytest.mark.parametrize("name", ["csv", "json", "boris", "elan", "label-studio", "srt"])
def test_what_was_written_for_a_program_is_prepared(name, tmp_path, videos, prepare) -> None:
    folder = six_jumps(videos)
    write_timelines(annotated(), tmp_path / "labels", name)
    options = ["--videos", folder, "--paths", "{subject}_{take}", *BY_SUBJECT]
    options += ["--fps", 25] if name == "label-studio" else []
    assert prepare(tmp_path / "labels", *options) == 0
    found = marks(tmp_path)
    assert sorted(found) == TAKES
    for take, own in found.items():
        subject = take.split("_")[0]
        assert sorted(own) == [
            ("down", pytest.approx(0.12, abs=0.002), subject),
            ("top", pytest.approx(0.12, abs=0.002), subject),
            ("up", pytest.approx(0, abs=0.002), subject),
        ]


def test_videos_that_share_a_subject_stay_together(tmp_path, videos, prepare) -> None:
    folder = six_jumps(videos)
    both = "ann_1.mp4,top,0.2,,dee\ncy_1.mp4,top,0.2,,dee\n"
    assert prepare(marks_csv(folder, both), "--group-by", "subject", "--split", "0.6,0.4") == 0
    of = {v.path: name for name, own in lists(tmp_path).items() for v in own.videos}
    splits = {Path(path).stem.split("_")[0]: set() for path in of}
    for path, name in of.items():
        splits[Path(path).stem.split("_")[0]].add(name)
    assert splits["ann"] == splits["cy"] != splits["bo"]
    groups = read_prepared(tmp_path / "out").provenance["groups"]
    assert {"ann + cy + dee": 4} in groups.values()


def test_copies_of_a_video_stay_together(tmp_path, videos, prepare) -> None:
    folder = six_jumps(videos)
    (folder / "bo_1.mp4").write_bytes((folder / "ann_1.mp4").read_bytes())
    assert prepare(marks_csv(folder), *THIRDS) == 0
    of = {Path(v.path).stem: name for name, own in lists(tmp_path).items() for v in own.videos}
    assert of["ann_1"] == of["bo_1"]


def test_names_tell_the_subject(tmp_path, videos, prepare) -> None:
    path = marks_csv(six_jumps(videos), subjects=False)
    assert prepare(path, "--paths", "{subject}_{take}", *BY_SUBJECT) == 0
    for own in lists(tmp_path).values():
        for video in own.videos:
            assert subjects_of(video) == (Path(video.path).stem.split("_")[0],)


def test_recordings_are_grouped_by_what_names_tell(tmp_path, videos, prepare) -> None:
    path = marks_csv(six_jumps(videos), subjects=False)
    options = ["--paths", "{athlete}_{take}", "--group-by", "take", "--split", "0.5,0.5"]
    assert prepare(path, *options) == 0
    takes = [{Path(v.path).stem[-1] for v in own.videos} for own in lists(tmp_path).values()]
    assert sorted(map(sorted, takes)) == [["1"], ["2"]]
    assert main(["check", str(tmp_path / "out"), "--jobs=1"]) == 0


def test_a_group_that_is_not_known_says_how(videos, prepare, capsys) -> None:
    assert prepare(marks_csv(six_jumps(videos)), "--group-by", "athlete") == 1
    said = capsys.readouterr().err
    assert "cannot group recordings by 'athlete'; accepted are subject" in said
    assert "rename the column 'athlete' to subject" in said
    assert "--paths '{athlete}_{take}'" in said


def test_marked_videos_without_a_subject_are_named(videos, prepare, capsys) -> None:
    path = marks_csv(six_jumps(videos), subjects=False)
    assert prepare(path, *BY_SUBJECT) == 1
    said = capsys.readouterr().err
    assert "videos without a subject" in said
    assert said.count(": no subject") == 6


def test_a_video_without_marks_is_a_row_with_its_path(tmp_path, videos, prepare, capsys) -> None:
    folder = six_jumps(videos)
    path = folder / "marks.csv"
    path.write_text(HEADER + rows_of(*TAKES[:5]) + "cy_2.mp4,,,,\n")
    assert prepare(path, *BY_SUBJECT) == 0
    assert marks(tmp_path)["cy_2"] == []
    text = "".join(path.read_text() for path in read_prepared(tmp_path / "out").lists().values())
    assert "cy_2.mp4,,,,\n" in text
    assert "1 video(s) name no subject, as nothing is marked in them" in capsys.readouterr().out


def test_a_video_that_is_not_annotated_is_excluded(tmp_path, videos, prepare, capsys) -> None:
    folder = six_jumps(videos)
    path = folder / "marks.csv"
    path.write_text(HEADER + rows_of(*TAKES[:5]))
    assert prepare(path, *BY_SUBJECT) == 0
    assert "excluded 1 (not in the annotations): cy_2.mp4" in capsys.readouterr().out
    assert [e.path for e in read_prepared(tmp_path / "out").excluded] == ["cy_2.mp4"]


def test_all_that_is_wrong_is_told_at_once(tmp_path, videos, prepare, capsys) -> None:
    folder = six_jumps(videos)
    (folder / "ann_1.mp4").write_bytes(b"")
    wrong = (
        "bo_1.mp4,down,0.2,0.3,bo\n"  # line 20: overlaps
        "bo_2.mp4,top,7,,bo\n"  # line 21: outside
        "dee_1.mp4,up,0,0.1,dee\n"  # line 22: no such video
        "cy_1.mp4,up,0.3,0.2,cy\n"  # line 23: negative
        "cy_2.mp4,top,0.12,,cy\n"  # line 24: twice
    )
    assert prepare(marks_csv(folder, wrong), *BY_SUBJECT) == 1
    said = capsys.readouterr().err
    assert "6 problem(s) in videos and marks" in said
    assert "ann_1.mp4: the file is empty" in said
    assert "marks.csv:20: 'down' from 0.2 s overlaps 'down', which ends at 0.24 s" in said
    assert "marks.csv:21: 'top' at 7 s is outside its video, which lasts 0.44 s" in said
    assert "marks.csv:22: unknown video 'dee_1.mp4'" in said
    assert "marks.csv:23: 'up' has a negative duration: from 0.3 to 0.2 s" in said
    assert "marks.csv:24: 'top' at 0.12 s is there already" in said
    assert not (tmp_path / "out/train.csv").exists()
    with (tmp_path / "out/problems.csv").open() as file:
        assert len(list(csv.DictReader(file))) == 6


def test_an_interval_that_is_there_twice_is_told_as_that(tmp_path, videos, prepare, capsys) -> None:
    folder = six_jumps(videos)
    path = folder / "marks.csv"
    row = "ann_1.mp4,up,0.04,0.2\n"
    path.write_text("path,label,start_seconds,end_seconds\n" + row + row)
    assert prepare(path, "--recordings") == 1
    said = capsys.readouterr().err
    assert f"marks.csv:3: 'up' from 0.04 to 0.2 s is there already ({path}:2); keep one" in said
    assert "A frame has one phase: correct the times.\n" in said


def test_what_is_broken_can_be_skipped(tmp_path, videos, prepare, capsys) -> None:
    folder = six_jumps(videos)
    (folder / "ann_1.mp4").write_bytes(b"")
    path = marks_csv(folder, "bo_1.mp4,down,0.2,0.3,bo\nbo_2.mp4,top,7,,bo\ndee_1.mp4,up,0,1,dee\n")
    assert prepare(path, "--skip-broken", *BY_SUBJECT) == 0
    found = marks(tmp_path)
    assert sorted(found) == TAKES[1:]
    assert [label for label, _, _ in found["bo_1"]] == ["up", "down", "top"]
    reasons = {
        e.path: (e.reason, e.start_seconds) for e in read_prepared(tmp_path / "out").excluded
    }
    assert reasons.pop(f"{path}:22")[0].startswith("unknown video 'dee_1.mp4'")
    assert reasons == {
        "ann_1.mp4": ("no frames", None),
        "bo_1.mp4": ("down: overlap", 0.2),
        "bo_2.mp4": ("top: outside the video", 7.0),
    }


def test_overlapping_layers_are_chosen_among(tmp_path, videos, prepare, capsys) -> None:
    folder = six_jumps(videos)
    path = folder / "marks.csv"
    rows = [f"{take}.mp4,{label},0,0.2,,{tier}\n" for take in TAKES for label, tier in
            (("up", "phases"), ("left", "feet"))]  # fmt: skip
    path.write_text(HEADER.replace("subject", "subject,tier") + "".join(rows))
    options = [path, "--recordings", "--split", "0.5,0.5"]
    assert prepare(*options) == 1
    assert "choose with --tiers (there are: feet, phases)" in capsys.readouterr().err
    assert prepare(*options, "--tiers", "feets") == 1
    assert "--tiers 'feets' is not in the annotations; there are: feet" in capsys.readouterr().err
    assert prepare(*options, "--tiers", "phases") == 0
    assert read_prepared(tmp_path / "out").phases == ["up"]


def test_layers_are_not_chosen_where_there_are_none(videos, prepare, capsys) -> None:
    assert prepare(marks_csv(six_jumps(videos)), "--tiers", "phases") == 1
    said = "--tiers 'phases': these annotations have no tiers; leave out --tiers"
    assert said in capsys.readouterr().err


def test_a_video_without_a_chosen_subject_is_excluded(tmp_path, videos, prepare) -> None:
    path = marks_csv(six_jumps(videos))
    assert prepare(path, "--subjects", "ann", "bo", "--split", "0.5,0.5") == 0
    assert sorted(marks(tmp_path)) == TAKES[:4]
    assert {e.reason for e in read_prepared(tmp_path / "out").excluded} == {
        "no mark of the annotators, tiers or subjects chosen"
    }


def test_several_observations_of_a_video_are_chosen_among(
    tmp_path, videos, prepare, capsys
) -> None:
    folder = six_jumps(videos)
    labels = tmp_path / "labels"
    labels.mkdir()
    (labels / "first.csv").write_text(HEADER + rows_of(*TAKES))
    (labels / "second.csv").write_text(HEADER + "ann_1.mp4,top,0.2,,ann\n")
    options = [labels, "--videos", folder, *BY_SUBJECT]
    assert prepare(*options) == 1
    said = capsys.readouterr().err
    assert "1 video(s) have several observations; say which count, with --observations" in said
    assert "ann_1.mp4: first.csv, second.csv" in said
    assert prepare(*options, "--observations", "first.csv", "second.csv") == 0
    assert len(marks(tmp_path)["ann_1"]) == 4
    assert prepare(*options, "--observations", "first.csv") == 0
    assert len(marks(tmp_path)["ann_1"]) == 3


def test_a_label_can_be_left_out(tmp_path, videos, prepare) -> None:
    assert prepare(marks_csv(six_jumps(videos)), "--exclude-classes", "down", *BY_SUBJECT) == 0
    dataset = read_prepared(tmp_path / "out")
    assert dataset.phases == ["up"]
    assert dataset.provenance["excluded_labels"] == ["down"]


def test_training_has_every_label(videos, prepare, capsys) -> None:
    path = marks_csv(six_jumps(videos), "ann_1.mp4,fall,0.28,,ann\nbo_1.mp4,slip,0.28,,bo\n")
    assert prepare(path, *BY_SUBJECT) == 1
    said = capsys.readouterr().err
    assert "videos and marks of 3 subjects cannot be split into 0.34,0.33,0.33" in said
    assert "training would get no mark of" in said
    assert "(event) (1 subject(s))" in said


def test_likely_typos_and_forgotten_ends_are_noted(videos, prepare, capsys) -> None:
    path = marks_csv(six_jumps(videos), "ann_1.mp4,dwon,0.25,0.3,ann\nann_2.mp4,up,0.25,,ann\n")
    options = ["--group-by", "subject", "--split", "0.67,0.33"]
    assert prepare(path, *options) == 0
    said = capsys.readouterr().out
    assert "label 'dwon' has 1 mark(s) and 'down' has 6; did you mean 'down'?" in said
    assert "'up' is a phase (6 intervals) and an event (1)" in said
    assert "marks.csv:21" in said


def test_a_second_run_gives_the_same_files(tmp_path, videos, prepare) -> None:
    path = marks_csv(six_jumps(videos))
    assert prepare(path, *BY_SUBJECT) == 0
    first = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert prepare(path, *BY_SUBJECT) == 0
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == first


def test_the_report_draws_every_video(tmp_path, videos, prepare) -> None:
    assert prepare(marks_csv(six_jumps(videos)), *BY_SUBJECT) == 0
    page = (tmp_path / "out/report.html").read_text()
    assert page.count("<svg ") == 6
    assert page.count("<title>top</title>") == 6
    assert "% without a phase" in page


def test_counts_are_written_down(tmp_path, videos, prepare) -> None:
    assert prepare(marks_csv(six_jumps(videos)), *BY_SUBJECT) == 0
    content = json.loads((tmp_path / "out/dataset.json").read_text())
    assert content["provenance"]["group_by"] == "subject"
    own = content["provenance"]["recordings"]["train"]
    assert own["videos"] == 2
    assert own["intervals"] == {"down": 2, "up": 2}
    assert own["events"] == {"top": 2}
    assert sum(c["duration_seconds"] for c in content["provenance"]["recordings"].values()) == (
        pytest.approx((8 + 9 + 10 + 11 + 12 + 13) / 25)
    )


def test_options_of_clips_are_refused(videos, prepare, capsys) -> None:
    path = marks_csv(six_jumps(videos))
    assert prepare(path, "--frame-pattern", "img_{:05d}.jpg") == 1
    assert "--frame-pattern: for clips alone, but " in capsys.readouterr().err
    path.unlink()
    assert prepare(path.parent, "--tiers", "phases", "--paths", "{label}_{take}") == 1
    assert "--tiers: for recordings alone, but this is a source of clips" in capsys.readouterr().err


def test_it_is_called_from_python(tmp_path, videos) -> None:
    inspection, dataset = mienet.prepare_recordings(
        marks_csv(six_jumps(videos)), out=tmp_path / "out", group_by="subject", jobs=1
    )
    assert inspection.problems == []
    assert dataset.events == ["top"]


@pytest.mark.parametrize("command", [
    ["train", "small", "--data.root", "OUT"],
    ["train", "small", "--data.train", "OUT/train.csv", "--data.val", "OUT/val.csv"],
])  # fmt: skip
def test_training_clips_with_it_names_the_recipe(
    command, tmp_path, videos, prepare, capsys
) -> None:
    assert prepare(marks_csv(six_jumps(videos)), *BY_SUBJECT) == 0
    out = str(tmp_path / "out")
    words = [word.replace("OUT", out) for word in command]
    assert main([*words, "--train.out", str(tmp_path / "runs"), "--model.pretrained", "none"]) == 1
    said = capsys.readouterr().err
    assert (
        "holds whole recordings, with phases and events, where labeled clips are expected" in said
    )
    assert f"train timeline --data.root {out}" in said


def test_training_recordings_with_a_dataset_of_clips_names_the_recipe(
    tmp_path, videos, prepare, capsys
) -> None:
    assert prepare(jumps(videos)) == 0
    out = tmp_path / "out"
    assert main(["train", "timeline", "--data.root", str(out), "--model.pretrained", "none"]) == 1
    assert (
        f"{out} holds labeled clips, where whole recordings with phases and events are expected; "
        f"train with: mienet train small --data.root {out}; or,"
    ) in capsys.readouterr().err


def test_a_class_is_not_predicted_for_whole_recordings(
    model, tmp_path, videos, prepare, capsys
) -> None:
    assert prepare(marks_csv(six_jumps(videos)), *BY_SUBJECT) == 0
    assert main(["predict", str(model), str(tmp_path / "out")]) == 1
    assert "holds whole recordings, and a class is of a clip" in capsys.readouterr().err
    assert main(["evaluate", str(model), "--data", str(tmp_path / "out/test.csv")]) == 1
    assert "holds whole recordings; give a list of clips" in capsys.readouterr().err
