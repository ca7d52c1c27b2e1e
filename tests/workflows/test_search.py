"""A search and its test: trainings are played by a function, but for one search of real ones."""

import csv
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from mienet.cli import main
from mienet.config import load_recipe
from mienet.errors import MienetError, MissingExtraError
from mienet.sweeps.running import run_trials
from mienet.sweeps.search_trials import SearchTrial, note_score, read_facts
from mienet.sweeps.trials import SweepError, Trial, TrialResult, write_result
from mienet.workflows.search import search
from mienet.workflows.search_table import search_table
from mienet.workflows.sweep import kept, sweep
from mienet.workflows.sweep_trial import run_trial

pytest.importorskip("optuna")

EPOCHS = 3
PLAN = """
recipe: small
list: {list}
group_by: subject
folds: 3
options: {{model.pretrained: null, model.num_segments: 2, data.short_side: 32, data.crop_size: 32,
  data.num_workers: 0, data.val_fraction: 0.5, train.epochs: 3, trainer.precision: 32-true,
  trainer.accelerator: cpu}}
search:
  number: 12
  train.learning_rate: {{log: [0.0001, 0.1]}}
  model.temporal: [none, dptam]
"""


def write_plan(folder: Path, videos: Path, number: int = 12) -> Path:
    """Writes a plan of 12 clips of three subjects, of whom one each learns, judges and tests."""
    rows = [
        f"{videos}/{label}/{at}.mp4,{label},s{at % 3}"
        for label in ("fall", "rise")
        for at in range(6)
    ]
    (folder / "labels.csv").write_text("\n".join(["path,label,subject", *rows]), encoding="utf-8")
    plan = folder / "plan.yaml"
    text = PLAN.format(list=folder / "labels.csv").replace("number: 12", f"number: {number}")
    plan.write_text(text, encoding="utf-8")
    return plan


def score_of(trial: SearchTrial, epoch: int) -> float:
    """Returns a score that is best for a learning rate of 0.01, and rises with the epochs."""
    return (
        epoch / EPOCHS * (1 - 20 * abs(float(trial.options["train.learning_rate"]) - 0.01) ** 1.5)
    )


def play(
    trials: Iterable[SearchTrial],
    *,
    ended: Callable[[SearchTrial, TrialResult], object],
    should_stop: Callable[[SearchTrial], bool],
    killed_in: int = 0,
    failing: int = 0,
    **_: object,
) -> None:
    """Does trainings of a search: those from ``killed_in`` on never end, ``failing`` fails."""
    for trial in trials:
        result = TrialResult("failed", "memory ran out")
        for epoch in range(1, EPOCHS + 1) if trial.number != failing else ():
            note_score(trial.folder, epoch, score_of(trial, epoch))
            if trial.number == killed_in:
                raise KeyboardInterrupt
            result = TrialResult("done", score=score_of(trial, epoch))
            if should_stop(trial):
                result = TrialResult("stopped")
                break
        write_result(trial.folder, result)
        ended(trial, result)


def answer(trials: Iterable[Trial], *, ended: Callable[..., object], **_: object) -> None:
    """Does the trials of the test: each says the first class of all clips."""
    for trial in trials:
        ranks = [[0, int(at >= 6)] for at in trial.test]  # the first six clips are of that class
        write_result(trial.folder, TrialResult("done", answers=ranks, training_share=1.0))
        ended(trial, TrialResult("done"))


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Plays all trainings; returns what plays them otherwise."""

    def set_up(**how: int) -> None:
        monkeypatch.setattr(
            "mienet.workflows.search.run_trials",
            lambda trials, **given: play(trials, **given, **how),
        )

    set_up()
    monkeypatch.setattr("mienet.workflows.sweep.run_trials", answer)
    return set_up


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_search_that_was_killed_ends_with_the_same_table(
    class_folders_once: Path, tmp_path: Path, played: Callable[..., None]
) -> None:
    plan = write_plan(tmp_path, class_folders_once)
    search(plan, tmp_path / "whole")
    for killed_in in (3, 11):
        played(killed_in=killed_in)
        with pytest.raises(KeyboardInterrupt):
            search(plan, tmp_path / "killed")
    played()
    search(plan, tmp_path / "killed")
    rows = rows_of(tmp_path / "whole/search.csv")
    assert rows_of(tmp_path / "killed/search.csv") == rows
    assert len({row["train.learning_rate"] for row in rows}) == 12
    assert {row["state"] for row in rows} == {"done", "stopped"}
    assert {row["epochs"] for row in rows if row["state"] == "stopped"} <= {"1", "2"}


@pytest.fixture
def found(class_folders_once: Path, tmp_path: Path, played: Callable[..., None]) -> Path:
    """Returns a folder with a plan of four trainings, of which the second fails, and out/."""
    played(failing=2)
    search(write_plan(tmp_path, class_folders_once, number=4), tmp_path / "out")
    return tmp_path


def test_no_group_is_in_two_of_training_validation_and_test(found: Path) -> None:
    lists = [found / "out/lists/train.csv", found / "out/lists/val.csv"]
    lists += list((found / "out/test/lists").glob("*/test.csv"))
    subjects = [{row["subject"] for row in rows_of(path)} for path in lists]
    assert [len(of) for of in subjects] == [1, 1, 1]
    assert len(set.union(*subjects)) == 3
    facts = read_facts(found / "out")
    assert facts is not None
    assert (facts.training, facts.validation, facts.test) == (4, 4, 4)
    assert set(facts.validation_groups) == subjects[1]


def test_the_best_is_written_as_a_recipe_and_tested_beside_the_recipe(found: Path) -> None:
    table = search_table(found / "out")
    best = next(row for row in table.trials if row.number == table.best)
    assert best.score == max(row.score or 0 for row in table.trials)
    config = load_recipe(found / "out/best.yaml")
    assert config.train.learning_rate == best.chosen["train.learning_rate"]
    row = rows_of(found / "out/search.csv")[best.number - 1]
    assert float(row["train.learning_rate"]) == config.train.learning_rate
    assert config.model.temporal == best.chosen["model.temporal"]
    assert table.test is not None
    assert [one.name for one in table.test.variants] == ["recipe", "found"]
    assert (table.test.num_videos, table.test.variants[1].figures["top1"].value) == (4, 0.5)


def test_a_training_that_fails_is_skipped_and_told(
    found: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sweep", str(found / "out")]) == 1
    printed = capsys.readouterr()
    assert "left out: training 2: memory ran out" in printed.err
    assert "4 trainings: 3 done, 1 failed." in printed.out
    assert "on 4 clips of 1 subject (s" in printed.out
    assert f"train {found}/out/best.yaml --data.train {found}/out/lists/all.csv" in printed.out
    text = (found / "out/search.md").read_text(encoding="utf-8")
    assert "- training 2: memory ran out\n\n## Test\n\n|  | top-1" in text
    assert (found / "out/search.png").read_bytes()[:4] == b"\x89PNG"


def test_a_search_whose_test_is_done_is_over(found: Path) -> None:
    plan, before = found / "plan.yaml", (found / "out/search.csv").read_bytes()
    search(plan, found / "out")
    assert (found / "out/search.csv").read_bytes() == before
    plan.write_text(plan.read_text().replace("number: 4", "number: 5"))
    with pytest.raises(SweepError, match="another plan, whose test is done or begun; give another"):
        search(plan, found / "out")
    plan.write_text(plan.read_text().split("search:")[0])
    with pytest.raises(SweepError, match="holds a search, and this plan has none"):
        sweep(plan, found / "out")


def test_a_stopped_search_takes_more_trainings_and_no_other_videos(
    class_folders_once: Path, tmp_path: Path, played: Callable[..., None]
) -> None:
    played(killed_in=2)
    with pytest.raises(KeyboardInterrupt):
        search(write_plan(tmp_path, class_folders_once, number=2), tmp_path / "out")
    played()
    plan = write_plan(tmp_path, class_folders_once, number=3)
    labels = tmp_path / "labels.csv"
    before = labels.read_text()
    labels.write_text("\n".join(before.splitlines()[:-1]))
    with pytest.raises(SweepError, match="holds a search of other videos"):
        search(plan, tmp_path / "out")
    labels.write_text(before)
    assert len(search(plan, tmp_path / "out").trials) == 3


def test_a_search_whose_test_has_begun_has_a_table(
    class_folders_once: Path,
    tmp_path: Path,
    played: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("mienet.workflows.sweep.run_trials", killed)
    with pytest.raises(KeyboardInterrupt):
        search(write_plan(tmp_path, class_folders_once), tmp_path / "out")
    assert search_table(tmp_path / "out").test is None


@pytest.mark.parametrize(("ends", "measured"), [
    (["0.4"], "frame accuracy"), ([""], "events' precision"),
    (["0.4", ""], "frame accuracy and events' precision, their mean,"),
])  # fmt: skip
def test_the_score_of_recordings_is_of_what_they_have(
    class_folders_once: Path,
    tmp_path: Path,
    played: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    ends: list[str],
    measured: str,
) -> None:
    monkeypatch.setattr("mienet.workflows.sweep.run_trials", lambda *_, **__: None)
    plan = write_plan(tmp_path, class_folders_once, number=1)
    plan.write_text(plan.read_text().replace("recipe: small", "recipe: timeline"))
    videos = [class_folders_once / f"fall/{at}.mp4" for at in range(6)]
    marks = [f"{v},up,0.2,{end},s{at % 3}" for at, v in enumerate(videos) for end in ends]
    head = "path,label,start_seconds,end_seconds,subject"
    (tmp_path / "labels.csv").write_text("\n".join([head, *marks]))
    search(plan, tmp_path / "out")
    said = "\n".join(search_table(tmp_path / "out").sentences())
    assert f"the score is its last epoch's {measured} on 2 recordings" in said


def test_two_searches_do_not_write_to_one_folder(
    class_folders_once: Path, tmp_path: Path, played: Callable[..., None]
) -> None:
    plan = write_plan(tmp_path, class_folders_once)
    with kept(tmp_path / "out"), pytest.raises(MienetError, match="another command is writing"):
        search(plan, tmp_path / "out")


def test_options_that_do_not_go_together_fail_alone(
    class_folders_once: Path, tmp_path: Path, played: Callable[..., None]
) -> None:
    plan = write_plan(tmp_path, class_folders_once, number=2)
    text = plan.read_text().split("  train.learning_rate")[0].replace("model.num_segments: 2", "")
    text = text.replace("null, ,", "null,")
    plan.write_text(text + "  model.num_segments: [5]\n  model.consensus: [vap]\n")
    with pytest.raises(SweepError, match=r"no training came to its end:\n  training 1 .*vap needs"):
        search(plan, tmp_path / "out")


def test_without_optuna_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(MissingExtraError, match=r"a search needs .*pip install 'mienet\[search\]'"):
        search(tmp_path / "plan.yaml")


def test_a_training_that_lags_behind_is_ended(tmp_path: Path) -> None:
    trial = SearchTrial(1, tmp_path, {}, {})
    told: list[TrialResult] = []
    run_trials(
        [trial],
        jobs=1,
        threads=1,
        ended=lambda _, result: told.append(result),
        should_stop=lambda _: True,
    )
    assert told == [trial.result()] == [TrialResult("stopped")]


def test_three_real_trainings_are_searched_and_tested(
    class_folders_once: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def run_here(
        trials: Iterable[SearchTrial], *, ended: Callable[..., object], **_: object
    ) -> None:
        for trial in trials:
            run_trial(trial.folder)
            ended(trial, trial.result())

    monkeypatch.setattr("mienet.workflows.search.run_trials", run_here)
    monkeypatch.setattr("mienet.workflows.sweep.run_trials", run_here)
    plan = write_plan(tmp_path, class_folders_once, number=3)
    plan.write_text(plan.read_text().replace("train.epochs: 3", "train.epochs: 1"))
    assert main(["sweep", str(plan), "--out", str(tmp_path / "out")]) == 0
    rows = rows_of(tmp_path / "out/search.csv")
    assert [(row["state"], row["epochs"]) for row in rows] == [("done", "1")] * 3
    assert {float(row["score"]) for row in rows} <= {0, 0.25, 0.5, 0.75, 1}
    printed = capsys.readouterr().out
    assert printed.count("done, score") == 3
    assert "4 clips, each held out once" in printed
