"""Many trainings and their table: real trainings of tiny networks, in this process or their own."""

import csv
import json
import math
import shutil
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest

from mienet.cli import main
from mienet.config import ConfigError
from mienet.errors import MienetError
from mienet.sweeps.running import run_trials
from mienet.sweeps.trials import SweepError, Trial, TrialResult
from mienet.workflows import sweep_trial
from mienet.workflows.evaluate import evaluate
from mienet.workflows.report import report
from mienet.workflows.sweep import kept, sweep
from mienet.workflows.sweep_table import sweep_table
from mienet.workflows.sweep_trial import run_trial
from tests.workflows.recordings import HEADER, TAKES, marks_csv, six_jumps

PLAN = """
recipe: small
list: {list}
group_by: subject
folds: 2
options:
  model.pretrained: null
  model.num_segments: 2
  data.short_side: 32
  data.crop_size: 32
  data.num_workers: 0
  train.epochs: 2
  trainer.precision: 32-true
  trainer.accelerator: cpu
vary:
  network:
    mie_net: {{}}
    tsn: {{model.motion: none, model.temporal: none}}
"""


def run_here(
    trials: Sequence[Trial], *, ended: Callable[[Trial, TrialResult], object], **_: object
) -> None:
    """Does trials in this process, where networks are small."""
    for trial in trials:
        run_trial(trial.folder)
        result = trial.result()
        assert result is not None
        ended(trial, result)


@pytest.fixture(scope="module", autouse=True)
def in_this_process() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mienet.workflows.sweep.run_trials", run_here)
        patch.setattr(sweep_trial, "evaluate", partial(evaluate, num_workers=0))
        yield


def write_plan(folder: Path, videos: Path, text: str = "") -> Path:
    rows = [
        f"{videos}/{label}/{number}.mp4,{label},s{number % 2}"
        for label in ("fall", "rise")
        for number in range(4)
    ]
    (folder / "labels.csv").write_text("\n".join(["path,label,subject", *rows]), encoding="utf-8")
    plan = folder / "plan.yaml"
    plan.write_text(PLAN.format(list=folder / "labels.csv") + text, encoding="utf-8")
    return plan


@pytest.fixture(scope="module")
def done_once(class_folders_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns a folder with a plan, and the sweep of it in out/."""
    folder = tmp_path_factory.mktemp("sweep")
    plan = write_plan(folder, class_folders_once)
    sweep(plan, folder / "out")
    return folder


@pytest.fixture
def done(done_once: Path, tmp_path: Path) -> Path:
    """Returns a copy of it."""
    return Path(shutil.copytree(done_once, tmp_path / "sweep"))


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_clip_is_answered_once_by_every_variant(done: Path) -> None:
    answers = rows_of(done / "out/answers.csv")
    assert len(answers) == 2 * 8
    assert len({(row["variant"], row["label"], row["path"]) for row in answers}) == 16
    trials = rows_of(done / "out/trials.csv")
    assert [row["state"] for row in trials] == ["done"] * 4
    assert {row["num_training"] for row in trials} == {"4"}


def test_the_table_is_of_the_answers(done: Path, charts: None) -> None:
    table = sweep_table(done / "out")
    right = [
        row["rank"] == "0" for row in rows_of(done / "out/answers.csv") if row["variant"] == "tsn"
    ]
    assert table.variants[1].figures["top1"].value == sum(right) / 8
    row = rows_of(done / "out/table.csv")[1]
    assert (row["variant"], float(row["top1"])) == ("tsn", sum(right) / 8)
    assert (done / "out/sweep.png").read_bytes()[:4] == b"\x89PNG"
    assert "| tsn | " in (done / "out/table.md").read_text(encoding="utf-8")


def test_the_same_call_trains_nothing_again_and_gives_the_same_table(
    done: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (done / "out/table.csv").read_bytes()
    monkeypatch.setattr("mienet.workflows.sweep_trial.train", None)
    sweep(done / "plan.yaml", done / "out")
    assert (done / "out/table.csv").read_bytes() == before


def test_a_trial_that_was_killed_goes_on_and_ends_the_same(done: Path) -> None:
    before = rows_of(done / "out/answers.csv")
    folder = done / "out/trials/tsn-fold1-seed0"
    (folder / "result.json").unlink()  # killed while it was tested
    shutil.rmtree(folder / "test")
    other = done / "out/trials/mie_net-fold0-seed0"
    for path in (other / "result.json", other / "run/last.ckpt", other / "run/model.safetensors"):
        path.unlink()  # killed in its first epoch
    sweep(done / "plan.yaml", done / "out")
    assert rows_of(done / "out/answers.csv") == before


def test_tables_are_drawn_again_from_the_small_files_alone(done: Path) -> None:
    before = (done / "out/table.csv").read_bytes()
    shutil.rmtree(done / "out/trials")
    (done / "out/table.csv").unlink()
    assert main(["sweep", str(done / "out")]) == 0
    assert (done / "out/table.csv").read_bytes() == before


def test_a_trial_that_fails_is_told_and_the_others_are_compared(
    done: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = done / "out/trials/tsn-fold1-seed0"
    shutil.rmtree(folder / "run")
    (folder / "result.json").unlink()
    monkeypatch.setattr("mienet.workflows.sweep_trial.train", fail)
    assert main(["sweep", str(done / "plan.yaml"), "--out", str(done / "out")]) == 1
    printed = capsys.readouterr()
    assert "note: tsn, fold1, seed 0 failed: memory ran out" in printed.err
    assert "Of all folds but fold1" in printed.out
    assert "4 clips, each held out once" in printed.out


def test_what_failed_before_it_learned_may_get_other_options(done: Path) -> None:
    plan = done / "plan.yaml"
    plan.write_text(plan.read_text() + "    long: {train.epochs: 3}\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mienet.workflows.sweep_trial.train", fail)
        assert len(sweep(plan, done / "out").problems) == 2
    plan.write_text(plan.read_text().replace("long: {train.epochs: 3}", "long: {train.epochs: 1}"))
    assert not sweep(plan, done / "out").problems


def fail(*_: object, **__: object) -> None:
    raise OSError("memory ran out")


def test_a_variant_whose_first_training_is_not_over_is_open_in_the_table(
    done: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("mienet.workflows.sweep.run_trials", killed)
    with (done / "plan.yaml").open("a") as plan:
        plan.write("    pan: {model.motion: concat}\n")
    with pytest.raises(KeyboardInterrupt):
        sweep(done / "plan.yaml", done / "out")
    *before, pan = sweep_table(done / "out").variants
    assert [one.seeds for one in before] == [(0,), (0,)]
    assert (pan.name, pan.seeds, pan.facts.num_open) == ("pan", (), 2)


def test_two_sweeps_do_not_write_to_one_folder(done: Path) -> None:
    with kept(done / "out"), pytest.raises(MienetError, match="another command is writing there"):
        sweep(done / "plan.yaml", done / "out")


def test_a_folder_of_other_options_is_not_mixed_with_these(done: Path) -> None:
    plan = done / "plan.yaml"
    plan.write_text(plan.read_text().replace("train.epochs: 2", "train.epochs: 3"))
    with pytest.raises(SweepError, match=r"tsn-fold0-seed0: train.epochs was 2, is 3"):
        sweep(plan, done / "out")


def test_a_sweep_of_before_an_option_was_there_goes_on(done: Path) -> None:
    for path in (done / "out/trials").glob("*/trial.json"):
        settings = json.loads(path.read_text())
        del settings["recipe"]["data"]["deinterlace"]
        path.write_text(json.dumps(settings))
    table = sweep(done / "plan.yaml", done / "out")
    assert [one.seeds for one in table.variants] == [(0,), (0,)]


def test_a_folder_of_other_videos_is_not_mixed_with_these(done: Path) -> None:
    path = done / "labels.csv"
    rows = path.read_text().splitlines()
    path.write_text("\n".join(rows[:-1]))
    plan = done / "plan.yaml"
    plan.write_text(plan.read_text().replace(str(Path(_list_of(plan))), str(path)))
    with pytest.raises(SweepError, match="it was of other videos"):
        sweep(plan, done / "out")


def _list_of(plan: Path) -> str:
    return next(line for line in plan.read_text().splitlines() if line.startswith("list: "))[6:]


def test_a_learning_curve_has_a_picture(
    class_folders: Path, tmp_path: Path, charts: None, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = write_plan(tmp_path, class_folders, "clips_per_class: [1, 2]\n")
    text = plan.read_text().replace("    mie_net: {}\n", "")
    plan.write_text(text.replace("train.epochs: 2", "train.epochs: 1"))
    assert main(["sweep", str(plan), "--out", str(tmp_path / "out")]) == 0
    assert f"look at {tmp_path}/out/learning_curve.png" in capsys.readouterr().out
    table = sweep_table(tmp_path / "out")
    assert [one.facts.num_training for one in table.variants] == [2, 4]
    assert (tmp_path / "out/learning_curve.png").read_bytes()[:4] == b"\x89PNG"


def test_a_folder_that_is_no_sweep_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SweepError, match=r"no folder of a sweep: it has no plan.yaml"):
        sweep_table(tmp_path)


def test_jobs_below_one_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="jobs must be at least 1, got 0"):
        sweep(tmp_path / "plan.yaml", jobs=0)


def test_a_mistake_in_the_plan_is_one_line_for_the_user(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = write_plan(tmp_path, tmp_path, "sedes: [0]\n")
    assert main(["sweep", str(plan)]) == 1
    assert "unknown key 'sedes' (did you mean 'seeds'?)" in capsys.readouterr().err
    with pytest.raises(ConfigError):
        sweep(plan)


def test_a_process_that_ends_without_a_result_has_failed(tmp_path: Path) -> None:
    trial = Trial("tsn", "fold0", 0, tmp_path, tmp_path, 4, [0])
    (tmp_path / "lock").mkdir()  # where the process expects a file
    told: list[TrialResult] = []
    run_trials([trial], jobs=1, threads=1, ended=lambda _, result: told.append(result))
    assert told == [trial.result()]
    assert told[0].state == "failed"
    assert "the process ended with code 1; its last words are in" in told[0].problem
    assert "IsADirectoryError" in (tmp_path / "log.txt").read_text()
    assert json.loads((tmp_path / "result.json").read_text())["state"] == "failed"


OF_RECORDINGS = """
recipe: timeline
list: {list}
root: {root}
folds: 3
options: {{model.pretrained: null, model.num_segments: 4, data.short_side: 32, data.crop_size: 32,
  data.num_workers: 0, train.epochs: 1, timeline.head_width: 8, data.val_fraction: 0.5,
  trainer.precision: 32-true, trainer.accelerator: cpu}}
"""


def test_recordings_are_pooled_over_folds_of_whole_subjects(
    videos: Callable[..., Path], tmp_path: Path
) -> None:
    folder = six_jumps(videos)
    plan = tmp_path / "plan.yaml"
    plan.write_text(OF_RECORDINGS.format(list=marks_csv(tmp_path), root=folder), encoding="utf-8")
    table = sweep(plan, tmp_path / "out")
    assert (table.kind, table.num_videos, table.num_groups) == ("recordings", 6, 3)
    rows = [
        row
        for path in (tmp_path / "out/trials").glob("*/test/per_video.csv")
        for row in rows_of(path)
    ]
    right = sum(float(row["frame_accuracy"]) * int(row["frames"]) for row in rows)
    frames = sum(int(row["frames"]) for row in rows)
    accuracy = table.variants[0].figures["frame_accuracy"].value
    assert accuracy == pytest.approx(right / frames, abs=1e-3)


def test_recordings_of_events_alone_are_compared_by_these(
    videos: Callable[..., Path], tmp_path: Path
) -> None:
    folder, marks = six_jumps(videos), tmp_path / "marks.csv"
    rows = [f"{take}.mp4,top,0.12,,{take.split('_')[0]}\n" for take in TAKES]
    marks.write_text("".join([HEADER, *rows]))
    plan = tmp_path / "plan.yaml"
    text = OF_RECORDINGS.format(list=marks, root=folder).replace("folds: 3", "folds: 2")
    plan.write_text(text, encoding="utf-8")
    table = sweep(plan, tmp_path / "out")
    assert [measure.name for measure in table.measures] == ["event_map_4"]
    assert math.isnan(table.variants[0].training_share)
    assert table.cells()[0][1] == "event mAP within 4 frames (95 % interval)"


def test_a_report_shows_what_more_labels_would_bring(done: Path) -> None:
    plan = done / "out/plan.yaml"
    run = done / "out/trials/mie_net-fold0-seed0/run"
    with pytest.raises(SweepError, match="does not vary how much is learned from"):
        report(run, learning_curve=done / "out", out=done / "report.html")
    names = {"mie_net": "mie_net, 1 a class", "tsn": "mie_net, 2 a class"}
    plan.write_text(
        plan.read_text().replace("  tsn: ", "  unused: ").split("vary:")[0]
        + "vary:\n  network:\n    mie_net: {}\nclips_per_class: [1, 2]\n"
    )
    for name in ("trials.csv", "answers.csv"):
        text = (done / "out" / name).read_text()
        for old, new in names.items():
            text = text.replace(f"{old},", f'"{new.replace("mie_net, ", "mie_net, training ")}",')
        (done / "out" / name).write_text(text)
    report(run, learning_curve=done / "out", out=done / "report.html")
    page = (done / "report.html").read_text(encoding="utf-8")
    assert "What more labels would bring" in page
    assert "cannot be told from" in page  # of two points
